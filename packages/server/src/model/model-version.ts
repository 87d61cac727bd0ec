import { createHash } from 'node:crypto'
import { canonicalJson } from '@headgate/core/audit'
import { HeadgateError, lintModel, type Instant, type OperatingModel, type ReleasePlan } from '@headgate/core/model'
import { modelFile, findingView, type ApplyModelRequest, type FindingView } from '@headgate/protocol/api'
import { findingsWithPositions, requireModel } from '@headgate/protocol/operating-model'
import { z } from 'zod'

/** One version of the operating model: what was written, what it meant, and what the lint said about it. */
export interface ModelVersion {
  readonly version: number
  readonly hash: string
  readonly files: ApplyModelRequest['files']
  readonly model: OperatingModel
  readonly plans: readonly ReleasePlan[]
  readonly findings: readonly FindingView[]
  readonly appliedAt: number
  readonly appliedBy: string
}

/** The three texts that are stored and hashed. */
export interface ModelTexts {
  readonly files: string
  readonly content: string
  readonly findings: string
}

/**
 * Reads the files of a model and lints it; sign-offs that end before `at` no longer count.
 *
 * @throws HeadgateError `INVALID_MODEL` with every problem, each with file, line and column
 */
export function readModelFiles(files: ApplyModelRequest['files'], at: Instant): ModelTexts {
  const { model, plans, positions } = requireModel(files)
  const findings = findingsWithPositions(lintModel(model, plans, at), positions)
  return {
    files: canonicalJson(files),
    // Not canonical: the order of route classes and paths carries meaning (the first match wins), and sorting would lose it.
    content: JSON.stringify({ model, plans }),
    findings: canonicalJson(findings),
  }
}

export function hashOfModel({ files, content, findings }: ModelTexts): string {
  return createHash('sha256').update(`${files}\n${content}\n${findings}`, 'utf8').digest('hex')
}

export function hashOfPlan(plan: ReleasePlan): string {
  return createHash('sha256').update(canonicalJson(plan), 'utf8').digest('hex')
}

/**
 * The stored texts as values. They are what this program wrote, unaltered: the hash is checked before anything is read.
 *
 * @throws HeadgateError `INTERNAL` when a text was altered in the database
 */
export function parseModelVersion(
  row: ModelTexts & Pick<ModelVersion, 'version' | 'hash' | 'appliedAt' | 'appliedBy'>,
): ModelVersion {
  const { version, hash, appliedAt, appliedBy } = row
  if (hashOfModel(row) !== hash) {
    throw new HeadgateError('INTERNAL', `Version ${version} of the operating model was altered in the database`)
  }
  const { model, plans } = contentSchema.parse(JSON.parse(row.content))
  const files = z.array(modelFile).parse(JSON.parse(row.files))
  const findings = z.array(findingView).parse(JSON.parse(row.findings))
  return { version, hash, appliedAt, appliedBy, files, model, plans, findings }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const contentSchema = z.object({
  model: z.custom<OperatingModel>(isObject),
  plans: z.array(z.custom<ReleasePlan>(isObject)),
})

export function planOf(version: ModelVersion, release: string): ReleasePlan | undefined {
  return version.plans.find((plan) => plan.id === release)
}

/** Findings that block exposure. */
export function errorsOf(version: ModelVersion): readonly FindingView[] {
  return version.findings.filter((finding) => finding.severity === 'error')
}
