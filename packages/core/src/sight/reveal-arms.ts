import type { ArmCounts } from '../stats/index.ts'
import { spanFrom, type Reveals } from './walk.ts'

/** One unit of either arm, and the arm's part of all. */
export function armsOf(
  share: number,
): { readonly one: ArmCounts; readonly part: number; readonly isCandidate: boolean }[] {
  return [
    { one: { control: 1, candidate: 0 }, part: 1 - share, isCandidate: false },
    { one: { control: 0, candidate: 1 }, part: share, isCandidate: true },
  ]
}

/** Units that are revealed as soon as they come. */
export function evenly(perMs: number, steps: readonly number[]): Reveals {
  return { perMs, span: spanFrom(0), steps }
}
