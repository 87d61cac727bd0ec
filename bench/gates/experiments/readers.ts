import {
  addCompletionTerms,
  completionAlternatives,
  completionDesign,
  completionIncrements,
  harmKindShares,
  logWealth,
  openMixture,
  restartCashLeft,
  stepMixture,
} from '@headgate/core/stats'
import { growthbookAlpha } from '../methods/growthbook.ts'
import { surprise } from '../methods/confidence-sequence.ts'
import { classify } from '../methods/kayenta.ts'
import { zCritical } from '../methods/z-test.ts'
import type { Checkpoint, Comparison } from './checkpoints.ts'

/** Reads one comparison; the index of the checkpoint at which it stops, undefined when it does not. */
export interface CheckpointReader {
  readonly title: string
  readonly isForBinaryOnly: boolean
  readonly stopOf: (comparison: Comparison) => number | undefined
}

/** Units of the treatment over those of both: the file has no labels, so the share is the one that was reached. */
function shareOf({ control, treatment }: Checkpoint): number {
  return treatment.units / (control.units + treatment.units)
}

/** z of the difference; negative where the treatment does worse. */
export function zOfCheckpoint({ control, treatment }: Checkpoint): number {
  const variance = treatment.variance / treatment.units + control.variance / control.units
  return variance > 0 ? (treatment.mean - control.mean) / Math.sqrt(variance) : 0
}

const peekedZ: CheckpointReader = {
  title: 'z-test, peeked, p < 0.01',
  isForBinaryOnly: false,
  stopOf: ({ checkpoints }) => firstIndex(checkpoints, (each) => -zOfCheckpoint(each) >= zCritical),
}

const growthbookSequence: CheckpointReader = {
  title: 'GrowthBook sequential, alpha 0.05',
  isForBinaryOnly: false,
  stopOf: ({ checkpoints }) =>
    firstIndex(checkpoints, ({ control, treatment }) => {
      if (!(control.mean > 0)) return false
      const units = control.units + treatment.units
      const ofTreatment = treatment.variance / (control.mean ** 2 * treatment.units)
      const ofControl = (control.variance * treatment.mean ** 2) / (control.mean ** 4 * control.units)
      const drop = (control.mean - treatment.mean) / control.mean
      return surprise(drop, { variance: (ofTreatment + ofControl) * units, units }) >= -Math.log(growthbookAlpha)
    }),
}

/** Values per interval: what each interval added, per unit that it added. From ten intervals on. */
const kayentaIntervals: CheckpointReader = {
  title: 'Kayenta Mann-Whitney, per interval',
  isForBinaryOnly: false,
  stopOf: ({ checkpoints }) => {
    const series = { canary: [] as number[], baseline: [] as number[] }
    let before: Checkpoint | undefined
    return firstIndex(checkpoints, (each) => {
      const canary = perUnit(before?.treatment, each.treatment)
      const baseline = perUnit(before?.control, each.control)
      before = each
      if (canary === undefined || baseline === undefined) return false
      series.canary.push(canary)
      series.baseline.push(baseline)
      return series.canary.length >= 10 && classify(series, -1) >= 0
    })
  },
}

type Sample = Checkpoint['control']

function perUnit(before: Sample | undefined, now: Sample): number | undefined {
  const units = now.units - (before?.units ?? 0)
  const sum = now.units * now.mean - (before === undefined ? 0 : before.units * before.mean)
  return units > 0 ? sum / units : undefined
}

/**
 * Headgate's label bets on the conversions that each interval added: given a conversion, its label is a coin of the share that the arms
 * have reached. Conversions only, because a unit without one may still convert later and must not be bet on twice.
 */
const headgateLabels: CheckpointReader = {
  title: 'Headgate label bets on conversions, 1 %',
  isForBinaryOnly: true,
  stopOf: ({ checkpoints }) => {
    const design = completionDesign('silent', [1])
    const threshold = -Math.log(0.01 * harmKindShares.silent)
    const spanOf = Math.max(1, (checkpoints.at(-1)?.time ?? 0) - (checkpoints[0]?.time ?? 0))
    let state = openMixture(design)
    let before: Checkpoint | undefined
    return firstIndex(checkpoints, (each) => {
      const increments = labelIncrements(before, each)
      const cash = restartCashLeft(each.time - (checkpoints[0]?.time ?? 0), spanOf)
      state = stepMixture(state, design, { increments, cash, from: before?.time ?? 0 })
      before = each
      return logWealth(state) >= threshold
    })
  },
}

const alternatives = completionAlternatives(1)

function labelIncrements(before: Checkpoint | undefined, now: Checkpoint): readonly number[] {
  const added = (arm: 'control' | 'treatment'): number =>
    Math.max(
      0,
      Math.round(now[arm].units * now[arm].mean - (before === undefined ? 0 : before[arm].units * before[arm].mean)),
    )
  const rate = Math.min(0.99, Math.max(0.001, before?.control.mean ?? now.control.mean))
  const units = { share: shareOf(now), control: [added('control'), 0, 0], candidate: [added('treatment'), 0, 0] }
  const terms: number[] = []
  addCompletionTerms(terms, 'silent', units, [rate, 0.001, 1 - rate])
  return completionIncrements(alternatives, [terms])
}

function firstIndex(checkpoints: readonly Checkpoint[], stops: (each: Checkpoint) => boolean): number | undefined {
  const found = checkpoints.findIndex(stops)
  return found === -1 ? undefined : found
}

export const readers: readonly CheckpointReader[] = [headgateLabels, growthbookSequence, kayentaIntervals, peekedZ]
