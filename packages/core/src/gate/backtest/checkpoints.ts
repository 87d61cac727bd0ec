import { expFinite, logMeanLossEvidence, meanDifference, type ArmMoments } from '../../stats/index.ts'
import type { Arm } from '../../exposure/arm.ts'
import type { JourneyCell } from '../evidence.ts'
import type { EvidenceRecord } from './record.ts'
import type { Recording } from './recording.ts'

/** One cumulative checkpoint of one metric of one variant of an experiment: everything since its start. */
export interface Checkpoint {
  readonly experiment: string
  readonly variant: string
  readonly metric: string
  /** Days since the start of the experiment. */
  readonly days: number
  readonly control: ArmMoments
  readonly candidate: ArmMoments
}

/** Under which flow and path a binary metric becomes journeys. */
export const checkpointFlow = 'conversion'
const checkpointPath = 'all'

const dayMs = 86_400_000
/** Checkpoints are half a day apart at the least; a journey is decided within its own. */
const tickMs = dayMs / 2
const horizonMs = tickMs - 3_600_000

/** A metric that is 0 or 1 for each unit has the variance of a coin. */
export function isBinary(checkpoints: readonly Checkpoint[]): boolean {
  return checkpoints.every(({ control, candidate }) => isCoin(control) && isCoin(candidate))
}

function isCoin({ mean, variance }: ArmMoments): boolean {
  const coin = mean * (1 - mean)
  return mean >= 0 && mean <= 1 && Math.abs(variance - coin) <= 0.001 * coin + 1e-9
}

/** A binary metric as a recording: what came between two checkpoints are journeys, completed or not. */
export interface CheckpointJourneys {
  readonly recording: Recording
  readonly records: readonly EvidenceRecord[]
  /** Increments that are no cohort of journeys, see {@link isCohort}; left out. */
  readonly leftOut: number
}

/**
 * The increments of cumulative checkpoints. Completions of an increment are taken to be of its own units, in both arms alike, because the
 * file does not say whose they are. Nor does it say with which share the experiment was designed: that of all units in the end stands for it.
 */
export function journeysOfCheckpoints(checkpoints: readonly Checkpoint[]): CheckpointJourneys {
  const ordered = checkpoints.toSorted((a, b) => a.days - b.days)
  const share = finalShare(ordered.at(-1))
  let leftOut = 0
  const records = ordered.map((checkpoint, index): EvidenceRecord => {
    const at = Math.round(checkpoint.days * dayMs)
    const [control, candidate] = arms.map((arm) => incrementOf(arm, checkpoint, ordered[index - 1]))
    const isUsable = control !== undefined && candidate !== undefined && isCohort(control, candidate, share)
    if (!isUsable) leftOut += 1
    const cells = isUsable ? [control, candidate].flatMap((each) => cellsOf(each, share, at - tickMs)) : []
    const frame = { seq: index + 1, at, cells, heard: { gateways: at, outcomes: at }, readings: [] }
    return { frame, mark: { stage: 0, at: 0 }, judged: 0 }
  })
  return { recording: recordingOfCheckpoints(ordered, share), records, leftOut }
}

const arms = ['control', 'candidate'] as const

function recordingOfCheckpoints(ordered: readonly Checkpoint[], share: number): Recording {
  const lastMs = Math.round((ordered.at(-1)?.days ?? 0) * dayMs)
  return {
    release: `${ordered[0]?.experiment ?? ''}/${ordered[0]?.variant ?? ''}`,
    tickMs,
    stages: [{ id: 'experiment', visitorBasisPoints: share, window: { minMs: 0, maxMs: lastMs + dayMs } }],
    flows: { [checkpointFlow]: { horizonMs, outcomesFrom: 'outcomes', paths: { [checkpointPath]: {} } } },
    watched: [checkpointFlow],
    routes: [],
  }
}

/** Basis points of the units of both arms that were the candidate's. */
export function finalShare(last: Checkpoint | undefined): number {
  const [control, candidate] = [last?.control.units ?? 0, last?.candidate.units ?? 0]
  return control + candidate > 0 ? Math.round((candidate / (control + candidate)) * 10_000) : 0
}

interface Increment {
  readonly arm: Arm
  readonly started: number
  readonly completed: number
}

function incrementOf(arm: Arm, now: Checkpoint, before: Checkpoint | undefined): Increment {
  const hits = (checkpoint: Checkpoint | undefined): number =>
    checkpoint === undefined ? 0 : Math.round(checkpoint[arm].units * checkpoint[arm].mean)
  const started = now[arm].units - (before?.[arm].units ?? 0)
  return { arm, started, completed: hits(now) - hits(before) }
}

/** Farther from the share than chance takes it in one increment of half a million. */
const biasedBeyond = 5

/**
 * Whether an increment can be read as units that came and completed or not. It cannot where counts fall (a correction), where more completed
 * than came (nobody comes any more, and those who came before go on converting), or where units came to one arm only in part (a
 * delivery of data that failed): such an increment says more about the data than about the candidate.
 */
function isCohort(control: Increment, candidate: Increment, share: number): boolean {
  const units = control.started + candidate.started
  const expected = (units * share) / 10_000
  const spread = Math.sqrt(expected * (1 - share / 10_000))
  const isWhole = [control, candidate].every(({ started, completed }) => completed >= 0 && started >= completed)
  return isWhole && units > 0 && Math.abs(candidate.started - expected) <= biasedBeyond * spread
}

function cellsOf({ arm, started, completed }: Increment, share: number, startedAt: number): readonly JourneyCell[] {
  const common = { kind: 'journey', flow: checkpointFlow, path: checkpointPath, arm, share } as const
  const cell = { ...common, startedAt: Math.max(0, startedAt) }
  return [
    { ...cell, outcome: 'started' as const, count: started },
    { ...cell, outcome: 'completed' as const, count: completed },
  ].filter(({ count }) => count > 0)
}

/** What asymptotic evidence says of an amount over its checkpoints; approximate, unlike a gate's. */
export interface AmountTimeline {
  /** Where the evidence first reached the threshold. */
  readonly stop?: { readonly days: number; readonly evidence: number }
  /** The highest evidence there was. */
  readonly evidence: number
  readonly threshold: number
  /** Checkpoints without what it takes, such as a variance. */
  readonly unusable: number
}

export function amountTimeline(checkpoints: readonly Checkpoint[], threshold: number): AmountTimeline {
  const ordered = checkpoints.toSorted((a, b) => a.days - b.days)
  let scale: number | undefined
  let unusable = 0
  let highest = 0
  let stop: AmountTimeline['stop']
  for (const { control, candidate, days } of ordered) {
    const seen = meanDifference(control, candidate)
    if (seen === undefined) {
      unusable += 1
      continue
    }
    scale ??= Math.abs(control.mean)
    const log = logMeanLossEvidence(seen, scale)
    highest = Math.max(highest, expFinite(log))
    if (log >= Math.log(threshold)) stop ??= { days, evidence: expFinite(log) }
  }
  return { ...(stop === undefined ? {} : { stop }), evidence: highest, threshold, unusable }
}

/** How an experiment ended: relative effect on the mean and its distance from none in standard errors. */
export interface FinalEffect {
  readonly days: number
  readonly relative: number
  readonly z: number
}

/** Of the last checkpoint that has what it takes. */
export function finalEffect(checkpoints: readonly Checkpoint[]): FinalEffect | undefined {
  const ordered = checkpoints.toSorted((a, b) => b.days - a.days)
  for (const { control, candidate, days } of ordered) {
    const seen = meanDifference(control, candidate)
    if (seen === undefined || control.mean === 0) continue
    return { days, relative: seen.difference / Math.abs(control.mean), z: seen.difference / seen.error }
  }
  return undefined
}
