import type { Case, Finding } from './case.ts'
import type { MetricCriterion } from './criterion.ts'
import { headOf, passAfterMinWindow } from './findings.ts'
import { isOutside, noReading } from './metric-evidence.ts'
import type { MetricState } from './state.ts'
import type { CriterionVerdict } from './verdict.ts'
import { clockTime, duration } from './words.ts'

/** A number from an outside source against fixed limits. No chance is involved, so it takes no part of any budget. */
export function judgeMetric(own: Case<MetricCriterion>): CriterionVerdict {
  const reading = own.state.metrics[own.criterion.id] ?? noReading
  return { ...headOf(own), units: { control: 0, candidate: 0 }, ...findingOf(own, reading) }
}

function findingOf(own: Case<MetricCriterion>, state: MetricState): Finding {
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
  return passAfterMinWindow(own, `${criterion.query} is ${value}, within ${limits(criterion)}`)
}

function providerError(criterion: MetricCriterion, state: MetricState): Finding {
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
