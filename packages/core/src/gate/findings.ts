import { expFinite } from '../stats/index.ts'
import type { Case, Finding } from './case.ts'
import type { StopEvidence } from './subjects.ts'
import type { CriterionVerdict } from './verdict.ts'
import { minWindowLeftMs } from './window.ts'
import { duration, odds } from './words.ts'

/** What a verdict says whatever was found. */
export function headOf({
  criterion,
  owner,
}: Case): Pick<CriterionVerdict, 'criterion' | 'signal' | 'shadow' | 'owner' | 'incident'> {
  const { id, signal, shadow = false, incident } = criterion
  return { criterion: id, signal, shadow, owner, ...(incident === undefined ? {} : { incident }) }
}

/** Wealth of the stop test, at least that at which it crossed, and the level at which it stops. */
export function stopLevel(
  { context, state, criterion }: Case,
  evidence: StopEvidence | undefined,
): Pick<CriterionVerdict, 'stop'> {
  const threshold = context.criteria[criterion.id]?.threshold
  if (evidence === undefined || threshold === undefined) return {}
  const crossed = state.criteria[criterion.id]?.stopped?.log ?? -Infinity
  return { stop: { evidence: expFinite(Math.max(evidence.log, crossed)), threshold } }
}

/** Stop evidence counts as pending at a tenth of its level: in 100 healthy criteria at most about 10 ever wait for that. */
const pendingFraction = 10

/** `12 : 1 of 100 : 1` while the stop evidence is too high for a pass, though it has not crossed; undefined otherwise. */
export function pendingLevel({ context, criterion }: Case, evidence: StopEvidence | undefined): string | undefined {
  const threshold = context.criteria[criterion.id]?.threshold
  if (evidence === undefined || threshold === undefined) return undefined
  if (evidence.log < Math.log(threshold / pendingFraction)) return undefined
  return `${odds(expFinite(evidence.log))} of ${odds(threshold)}`
}

export const notInEffect: Finding = {
  kind: 'inconclusive',
  reason: 'the stage is not in effect at every gateway yet',
  needs: 'the exposure to take effect',
}

/** A pass from the end of the stage's shortest window on. Before the start there is no window to wait for. */
export function passAfterMinWindow({ context, state, stageIndex, at }: Case, reason: string): Finding {
  const left = stageIndex < 0 ? 0 : minWindowLeftMs(context, state, stageIndex, at)
  if (left === undefined) return notInEffect
  if (left <= 0) return { kind: 'pass', reason }
  const needs = `the end of the shortest window in ${duration(left)}`
  return { kind: 'inconclusive', reason: `${reason}; the shortest window is not over`, needs }
}
