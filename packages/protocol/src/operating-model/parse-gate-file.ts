import { HeadgateError, type Gate, type Problem, type ReleasePlan } from '@headgate/core/model'
import { checkCriteria, checkRelease } from './checks.ts'
import { readFile } from './parse-model-files.ts'
import { gateFileSchema, releaseFileSchema } from './release-schema.ts'
import { toBudgets, toGate, toReleasePlan } from './to-plan.ts'
import { readYaml, type SourceFile } from './yaml-tree.ts'

export type ParsedGateFile =
  | { readonly kind: 'release'; readonly plan: ReleasePlan }
  | { readonly kind: 'gate'; readonly gate: Gate; readonly budgets: ReturnType<typeof toBudgets> }

/**
 * Read one gate (its `criteria`, as under `gates` of a release) or a whole release, told apart by `stages`. Throws INVALID_MODEL with
 * every problem and its place. `name` is the gate's, where the file holds just one.
 */
export function requireGateFile(file: SourceFile, name: string): ParsedGateFile {
  return isRelease(file) ? requireRelease(file) : requireGate(file, name)
}

function isRelease(file: SourceFile): boolean {
  const value = readYaml(file).tree?.value
  return typeof value === 'object' && value !== null && ('stages' in value || 'release' in value)
}

function requireRelease(file: SourceFile): ParsedGateFile {
  const { read, problems } = readFile(file, releaseFileSchema, checkRelease)
  if (read === undefined || problems.length > 0) throw refuse(file, problems)
  return { kind: 'release', plan: toReleasePlan(read.value) }
}

function requireGate(file: SourceFile, name: string): ParsedGateFile {
  const { read, problems } = readFile(file, gateFileSchema, (gate) => checkCriteria(gate, []))
  if (read === undefined || problems.length > 0) throw refuse(file, problems)
  return { kind: 'gate', gate: toGate(read.value, name, {}), budgets: toBudgets(read.value.budgets) }
}

function refuse({ path }: SourceFile, problems: readonly Problem[]): HeadgateError {
  const message = `${path} is neither a gate (criteria: [...]) nor a release (stages: [...])`
  return new HeadgateError('INVALID_MODEL', message, { problems })
}
