import { HeadgateError, type OperatingModel, type Problem, type ReleasePlan } from '@headgate/core/model'
import type { Traffic } from '@headgate/core/sight'
import type { z } from 'zod'
import { checkModel, checkRelease, type Complaint } from './checks.ts'
import { modelFileSchema } from './model-schema.ts'
import { pointer } from './pointer.ts'
import { modelPositions, type ModelPositions, type ReleaseSource } from './positions.ts'
import { explain, nearestPlace, toProblems } from './problems.ts'
import { releaseFileSchema, type ReleaseFile } from './release-schema.ts'
import { toOperatingModel } from './to-model.ts'
import { toReleasePlan } from './to-plan.ts'
import { toTraffic } from './to-traffic.ts'
import { trafficFileSchema } from './traffic-schema.ts'
import { readYaml, type SourceFile, type YamlTree } from './yaml-tree.ts'

export type ParsedModel =
  | {
      readonly ok: true
      readonly model: OperatingModel
      readonly plans: readonly ReleasePlan[]
      readonly positions: ModelPositions
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** More problems than this per file are counted, not listed. */
const problemsPerFile = 100
const maxFiles = 500

/**
 * Read an operating model: one file named `headgate.yaml`, every other file a release. All problems of all files are
 * reported, in file order; content never makes it throw. References between things are `lintModel`'s part.
 */
export function parseModelFiles(files: readonly SourceFile[]): ParsedModel {
  if (files.length > maxFiles) return refuse(`${files.length} files; at most ${maxFiles} are read`, '')
  const [modelFile, ...others] = files.filter(isModelFile)
  if (modelFile === undefined) {
    return refuse(
      'no headgate.yaml among the files: it is the operating model that the releases refer to',
      'headgate.yaml',
    )
  }
  const surplus = others.map(({ path }) =>
    problemAt(path, `a second operating model; ${modelFile.path} is one already`),
  )
  const model = readFile(modelFile, modelFileSchema, checkModel)
  const releases = files
    .filter((file) => !isModelFile(file))
    .map((file) => readFile(file, releaseFileSchema, checkRelease))
  const problems = [...model.problems, ...surplus, ...releases.flatMap((each) => each.problems)]
  const read = releases.flatMap(({ read: release }) => release ?? [])
  problems.push(...repeatedReleases(read))
  if (model.read === undefined || problems.length > 0) return { ok: false, problems }
  return {
    ok: true,
    model: toOperatingModel(model.read.value),
    plans: read.map(({ value }) => toReleasePlan(value)),
    positions: modelPositions(model.read.tree, read.map(toSource)),
  }
}

/** The same for callers who cannot go on without a model. Throws `INVALID_MODEL` with every problem. */
export function requireModel(files: readonly SourceFile[]): Extract<ParsedModel, { ok: true }> {
  const parsed = parseModelFiles(files)
  if (parsed.ok) return parsed
  const [first] = parsed.problems
  const where = first === undefined ? '' : ` First: ${first.file ?? ''}:${first.line ?? 1}: ${first.message}`
  const count = parsed.problems.length
  throw new HeadgateError(
    'INVALID_MODEL',
    `the operating model has ${count} problem${count === 1 ? '' : 's'}.${where}`,
    {
      problems: parsed.problems,
    },
  )
}

/** Reads a file of stated traffic. Throws `INVALID_INPUT` with every problem, each with its place. */
export function requireTraffic(file: SourceFile): Traffic {
  const { read, problems } = readFile(file, trafficFileSchema, () => [])
  if (read !== undefined && problems.length === 0) return toTraffic(read.value)
  throw new HeadgateError('INVALID_INPUT', `${file.path} is no file of traffic figures.`, { problems })
}

interface Read<Value> {
  readonly value: Value
  readonly tree: YamlTree
}

export function readFile<Value>(
  file: SourceFile,
  schema: z.ZodType<Value>,
  check: (value: Value) => readonly Complaint[],
): { readonly read?: Read<Value>; readonly problems: readonly Problem[] } {
  const { tree, problems } = readYaml(file)
  if (tree === undefined) return { problems: capped(problems, file.path) }
  const result = schema.safeParse(tree.value, { error: explain, reportInput: false })
  if (!result.success) return { problems: capped(toProblems(result.error.issues, tree), file.path) }
  const complaints = check(result.data).map(({ path, message }) => {
    const at = pointer(path)
    return { path: at, message, file: file.path, ...(tree.places.get(at)?.value ?? nearestPlace(at, tree)) }
  })
  return { read: { value: result.data, tree }, problems: capped(complaints, file.path) }
}

function capped(problems: readonly Problem[], file: string): readonly Problem[] {
  const inOrder = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  if (inOrder.length <= problemsPerFile) return inOrder
  const rest = inOrder.length - problemsPerFile
  return [...inOrder.slice(0, problemsPerFile), problemAt(file, `and ${rest} more problems in this file`)]
}

function repeatedReleases(releases: readonly Read<ReleaseFile>[]): Problem[] {
  const firstFile = new Map<string, string>()
  return releases.flatMap(({ value: { release }, tree }) => {
    const first = firstFile.get(release)
    if (first === undefined) firstFile.set(release, tree.file)
    if (first === undefined) return []
    const message = `release "${release}" is defined twice; first in ${first}`
    return [{ path: '/release', message, file: tree.file, ...nearestPlace('/release', tree) }]
  })
}

function toSource({ value, tree }: Read<ReleaseFile>): ReleaseSource {
  const gateUses = value.stages.flatMap(({ entry, exit }, index) => [
    ...(typeof entry === 'string' ? [{ path: `/stages/${index}/entry`, gate: entry }] : []),
    ...(typeof exit === 'string' ? [{ path: `/stages/${index}/exit`, gate: exit }] : []),
  ])
  return { id: value.release, tree, gateUses }
}

function isModelFile({ path }: SourceFile): boolean {
  return /(^|[/\\])headgate\.ya?ml$/.test(path)
}

function refuse(message: string, file: string): ParsedModel {
  return { ok: false, problems: [problemAt(file, message)] }
}

function problemAt(file: string, message: string): Problem {
  return { path: '', message, file, line: 1, column: 1 }
}
