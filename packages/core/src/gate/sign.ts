import { errorIncreases, itemRatios, slowDowns, splitRatios, valueLosses } from '../stats/index.ts'
import { flowContextOf, type EvidenceContext } from './context.ts'
import type { CountCriterion, Criterion } from './criterion.ts'
import type { HarmSign } from './harm-sign.ts'
import type { Subject } from './subjects.ts'
import { percent } from './words.ts'

/** Reads alternative number `lead` of a subject. */
export function signOf(context: EvidenceContext, criterion: Criterion, subject: Subject, lead: number): HarmSign {
  switch (criterion.signal) {
    case 'completion':
      return completionSign(context, criterion.flow, subject, lead)
    case 'errors': {
      const size = errorIncreases[lead] ?? 0
      return {
        kind: 'errors',
        size,
        ...placeOf(subject),
        words: `about ${percent(size)} more of the visitors get an error`,
      }
    }
    case 'latency':
      return latencySign(subject, lead, criterion.tolerance)
    case 'revenue':
      return valueSign(lead)
    case 'count':
      return itemSign(context, criterion, lead)
    case 'split':
      return splitSign(context, subject, lead)
    case 'metric':
      return metricSign
  }
}

export const metricSign: HarmSign = { kind: 'metric', size: 0, words: 'a metric is outside its limits' }

function placeOf({ where }: Subject): { where?: string } {
  return where === undefined ? {} : { where }
}

function completionSign(context: EvidenceContext, flowId: string, { harm }: Subject, lead: number): HarmSign {
  const flow = flowContextOf(context, flowId)
  const alternative = flow?.alternatives[lead]
  const size = alternative?.size ?? 0
  const isSilent = harm !== 'loud'
  const path = alternative?.path === undefined ? undefined : flow?.paths[alternative.path]
  const how = isSilent ? 'without an error' : 'with an explicit failure'
  return {
    kind: isSilent ? 'lost-silently' : 'lost-loudly',
    size,
    ...(path === undefined ? {} : { where: path }),
    words: `about ${percent(size)} of the orders are lost ${how}`,
  }
}

function latencySign(subject: Subject, lead: number, tolerance: number): HarmSign {
  const { part, factor } = slowDowns[lead] ?? { part: 1, factor: 1 }
  const size = (1 + tolerance) * factor - 1
  const whose = part === 1 ? 'first bytes take' : `${percent(part)} of the first bytes take`
  return { kind: 'slower', size, ...placeOf(subject), words: `${whose} about ${percent(size)} longer` }
}

function valueSign(lead: number): HarmSign {
  const { part, factor } = valueLosses[lead] ?? { part: 1, factor: 1 }
  const size = 1 - factor
  const whose =
    part === 1
      ? 'orders are'
      : part === 'upper half'
        ? 'the larger half of the orders is'
        : `${percent(part)} of the orders are`
  return { kind: 'value-lost', size, words: `${whose} worth about ${percent(size)} less` }
}

function itemSign(context: EvidenceContext, { flow, event }: CountCriterion, lead: number): HarmSign {
  const ratio = itemRatios[lead % itemRatios.length] ?? 1
  const group = Math.floor(lead / itemRatios.length) - 1
  const path = group < 0 ? undefined : flowContextOf(context, flow)?.paths[group]
  return {
    kind: 'items',
    size: ratio - 1,
    ...(path === undefined ? {} : { where: path }),
    words: `about ${ratio} times as many journeys ${path === undefined ? '' : `on the path ${path} `}get the item ${event}`,
  }
}

function splitSign(context: EvidenceContext, subject: Subject, lead: number): HarmSign {
  const ratio = splitRatios[lead % splitRatios.length] ?? 1
  const group = Math.floor(lead / splitRatios.length) - 1
  const path = group < 0 ? undefined : flowContextOf(context, subject.where ?? '')?.paths[group]
  const size = Math.abs(1 - ratio)
  const where = path ?? subject.where
  return {
    kind: ratio < 1 ? 'entries-lost' : 'entries-gained',
    size,
    ...(where === undefined ? {} : { where }),
    words: `the candidate gets about ${percent(size)} ${ratio < 1 ? 'fewer' : 'more'} entries than its share`,
  }
}
