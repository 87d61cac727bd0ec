import { createHash } from 'node:crypto'
import { canonicalJson } from '@headgate/core/audit'
import { inheritLessons, isInForce, missingSubject, type Lesson } from '@headgate/core/incident'
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
  /** As they are judged: with every lesson that they inherit. */
  readonly plans: readonly ReleasePlan[]
  /** As their authors wrote them. */
  readonly written: readonly ReleasePlan[]
  /** What incidents taught, also what was retired since. */
  readonly lessons: readonly Lesson[]
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

/** What files say, before it is known what their plans inherit. */
export interface ReadModel extends Pick<ModelTexts, 'files' | 'findings'> {
  readonly model: OperatingModel
  readonly written: readonly ReleasePlan[]
}

/**
 * Reads the files of a model and lints it; sign-offs that end before `at` no longer count.
 *
 * @throws HeadgateError `INVALID_MODEL` with every problem, each with file, line and column
 */
export function readModelFiles(files: ApplyModelRequest['files'], at: Instant): ReadModel {
  const { model, plans, positions } = requireModel(files)
  const findings = findingsWithPositions(lintModel(model, plans, at), positions)
  return { files: canonicalJson(files), findings: canonicalJson(findings), model, written: plans }
}

/**
 * The texts of a version: its plans have every lesson in force that concerns them (SPEC R7).
 *
 * @throws HeadgateError `INVALID_MODEL` when the model no longer has what a lesson watches: it would be lost without anybody saying so
 */
export function modelTexts({ files, findings, model, written }: ReadModel, lessons: readonly Lesson[]): ModelTexts {
  for (const lesson of lessons.filter(isInForce)) {
    const missing = missingSubject(model, lesson)
    if (missing === undefined) continue
    const { id } = lesson.criterion
    const message = `The model no longer has the ${missing}, which ${id} watches since incident ${lesson.incident}; keep it, or retire the criterion first: headgate criterion retire ${id} --reason ...`
    throw new HeadgateError('INVALID_MODEL', message)
  }
  const plans = written.map((plan) => inheritLessons(plan, lessons))
  // Not canonical: the order of route classes and paths carries meaning (the first match wins), and sorting would lose it.
  const content = lessons.length === 0 ? { model, plans } : { model, plans, written, lessons }
  return { files, findings, content: JSON.stringify(content) }
}

/** The same files with other lessons. */
export function relearnt(version: ModelVersion, lessons: readonly Lesson[]): ModelTexts {
  const { files, findings, model, written } = version
  return modelTexts({ files: canonicalJson(files), findings: canonicalJson(findings), model, written }, lessons)
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
  const { model, plans, written = plans, lessons = [] } = contentSchema.parse(JSON.parse(row.content))
  const files = z.array(modelFile).parse(JSON.parse(row.files))
  const findings = z.array(findingView).parse(JSON.parse(row.findings))
  return { version, hash, appliedAt, appliedBy, files, model, plans, written, lessons, findings }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const contentSchema = z.object({
  model: z.custom<OperatingModel>(isObject),
  plans: z.array(z.custom<ReleasePlan>(isObject)),
  written: z.array(z.custom<ReleasePlan>(isObject)).exactOptional(),
  lessons: z.array(z.custom<Lesson>(isObject)).exactOptional(),
})

export function planOf(version: ModelVersion, release: string): ReleasePlan | undefined {
  return version.plans.find((plan) => plan.id === release)
}

/** The plan of a release as its author wrote it. */
export function writtenPlanOf(version: ModelVersion, release: string): ReleasePlan | undefined {
  return version.written.find((plan) => plan.id === release)
}

/** Findings that block exposure. */
export function errorsOf(version: ModelVersion): readonly FindingView[] {
  return version.findings.filter((finding) => finding.severity === 'error')
}
