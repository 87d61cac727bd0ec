import type { MetricCriterion } from './criterion.ts'
import type { Case } from './judge.ts'
import { isOutside } from './metric-evidence.ts'
import type { MetricState } from './state.ts'
import type { CriterionVerdict } from './verdict.ts'
import { minWindowLeftMs } from './window.ts'
import { clockTime, duration } from './words.ts'

/** A number from an outside source against fixed limits. No chance is involved, so it takes no part of any budget. */
export function judgeMetric(own: Case<MetricCriterion>): CriterionVerdict {
  const { criterion, owner, state } = own
  return {
    criterion: criterion.id,
    signal: criterion.signal,
    shadow: criterion.shadow ?? false,
    owner,
    units: { control: 0, candidate: 0 },
    ...finding(own, state.metrics[criterion.id] ?? { outside: 0 }),
  }
}

function finding(own: Case<MetricCriterion>, state: MetricState): Pick<CriterionVerdict, 'kind' | 'reason' | 'needs'> {
  const { criterion, at } = own
  const { value } = state
  const age = state.at === undefined ? Infinity : at - state.at
  if (value === undefined || age > criterion.freshnessMs) return providerError(criterion, state)
  if (criterion.min === undefined && criterion.max === undefined) {
    return {
      kind: 'inconclusive',
      reason: `${criterion.query} has no limit to be held against`,
      needs: 'a min or a max',
    }
  }
  if (state.outside >= Math.max(1, criterion.consecutive)) {
    const reason = `${criterion.query} is ${value}, outside ${limits(criterion)} for ${state.outside} readings in a row`
    return { kind: 'fail', reason }
  }
  if (isOutside(value, criterion)) {
    const reason = `${criterion.query} is ${value}, outside ${limits(criterion)}: reading ${state.outside} of ${criterion.consecutive}`
    return { kind: 'inconclusive', reason, needs: 'the next readings' }
  }
  const left = own.stageIndex < 0 ? 0 : minWindowLeftMs(own.context, own.state, own.stageIndex, at)
  if (left === undefined) return { kind: 'inconclusive', reason: 'the stage is not in effect at every gateway yet' }
  const reason = `${criterion.query} is ${value}, within ${limits(criterion)}`
  if (left <= 0) return { kind: 'pass', reason }
  return { kind: 'inconclusive', reason: `${reason}; the shortest window ends in ${duration(left)}` }
}

function providerError(
  criterion: MetricCriterion,
  state: MetricState,
): Pick<CriterionVerdict, 'kind' | 'reason' | 'needs'> {
  const last =
    state.at === undefined ? 'there has been no reading yet' : `the last reading is from ${clockTime(state.at)}`
  const why = state.missing === undefined ? '' : `: ${state.missing.reason}`
  return {
    kind: 'provider-error',
    reason: `${criterion.source} gives no usable value, ${last}${why}`,
    needs: `a reading of ${criterion.query} that is younger than ${duration(criterion.freshnessMs)}`,
  }
}

function limits({ min, max }: MetricCriterion): string {
  if (min === undefined) return `the limit of at most ${max ?? 'anything'}`
  return max === undefined ? `the limit of at least ${min}` : `the limits ${min} to ${max}`
}
