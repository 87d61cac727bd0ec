import type { Entry } from './entry.ts'
import { argoSuccessRate } from './methods/argo-rollouts.ts'
import { flaggerThreshold } from './methods/flagger.ts'
import { growthbookAlpha } from './methods/growthbook.ts'
import { oracleThreshold } from './methods/oracle.ts'
import { pathSequenceThreshold } from './methods/path-sequences.ts'
import { methodById } from './methods/registry.ts'
import { zCritical } from './methods/z-test.ts'

/** A rule that is off. */
const off = Infinity

interface PeerSetup {
  readonly method: string
  /** Thresholds of the vendor's documentation. */
  readonly documented: readonly number[]
  /** Rules whose thresholds tuning chooses. */
  readonly tuned: readonly number[]
}

const allOf = (count: number): number[] => Array.from({ length: count }, (_, rule) => rule)

/** Vendors' settings, and what an operator would tune. */
export const peers: readonly PeerSetup[] = [
  { method: 'flagger', documented: [flaggerThreshold, off, off], tuned: [1, 2] },
  { method: 'argo', documented: [argoSuccessRate, off], tuned: [0, 1] },
  { method: 'kayenta', documented: [0, 0, 0, ...Array.from({ length: 6 }, () => off)], tuned: allOf(9) },
  { method: 'z-whole', documented: [zCritical], tuned: [0] },
  { method: 'z-paths', documented: [zCritical], tuned: [0] },
  {
    method: 'growthbook',
    documented: Array.from({ length: 3 }, () => -Math.log(growthbookAlpha)),
    tuned: allOf(3),
  },
  { method: 'path-cs', documented: [pathSequenceThreshold, pathSequenceThreshold], tuned: allOf(2) },
]

export const headgateEntry: Entry = entry('headgate', '', [1])
export const oracleEntry: Entry = entry('oracle', '', [oracleThreshold])
export const documentedEntries: readonly Entry[] = peers.map(({ method, documented }) =>
  entry(method, 'documented', documented),
)

/** Shares of healthy days that tuned entries may stop on the tuning seeds. */
export const tuningLevels = [0.01, 0.05] as const

function entry(method: string, setting: string, thresholds: readonly number[]): Entry {
  const own = methodById(method)
  const id = setting === '' ? method : `${method}:${setting}`
  return { id, title: setting === '' ? own.title : `${own.title}, ${setting}`, method: own, thresholds }
}

/** Peaks of one method on healthy days: a row per day, a column per rule. */
export type Peaks = readonly (readonly number[])[]

/**
 * The least strict thresholds at which at most `level` of the days stop: each rule may stop the same number of days, the largest with
 * which all rules together keep to it.
 */
export function tunedEntry(peer: PeerSetup, peaks: Peaks, level: number): Entry {
  const allowed = Math.floor(level * peaks.length)
  let best = thresholdsWith(peer, peaks, 0)
  for (let perRule = 1; perRule <= allowed; perRule++) {
    const next = thresholdsWith(peer, peaks, perRule)
    if (stopsOf(peaks, next) <= allowed) best = next
  }
  return entry(peer.method, `tuned to ${level * 100} %`, best)
}

function thresholdsWith({ method, tuned }: PeerSetup, peaks: Peaks, perRule: number): number[] {
  return methodById(method).rules.map((_, rule) => {
    if (!tuned.includes(rule)) return off
    const sorted = peaks.map((row) => row[rule] ?? -Infinity).toSorted((a, b) => b - a)
    return justAbove(sorted[perRule] ?? -Infinity)
  })
}

/** The smallest threshold that a value does not reach. */
function justAbove(value: number): number {
  if (value === -Infinity) return -Number.MAX_VALUE
  return value + Math.max(Math.abs(value), 1e-9) * 1e-9
}

function stopsOf(peaks: Peaks, thresholds: readonly number[]): number {
  return peaks.filter((row) => thresholds.some((threshold, rule) => (row[rule] ?? -Infinity) >= threshold)).length
}
