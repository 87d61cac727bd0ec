import type { EvidenceContext } from '../gate/context.ts'
import { splitParts } from '../gate/subjects.ts'
import { splitDesign, splitIncrements } from '../stats/index.ts'
import { askedLosses, type Place, type Question } from './place.ts'
import type { FlowTraffic } from './traffic.ts'
import { spanFrom, type Reveals } from './walk.ts'

/** Entries that the candidate loses before they are counted: visitors, and starts of each flow. A biased split holds. */
export function splitPlaces(
  { plan }: EvidenceContext,
  known: { readonly visitorsPerMinute?: number; readonly flows: ReadonlyMap<string, FlowTraffic> },
): Place[] {
  const parts = splitParts(plan)
  const visitors = known.visitorsPerMinute
  return [
    ...(visitors === undefined ? [] : [entryPlace('visitors', visitors / 60_000, parts.visits)]),
    ...plan.flows.flatMap((flow) => {
      const traffic = known.flows.get(flow)
      return traffic === undefined ? [] : [entryPlace(flow, traffic.perMinute / 60_000, parts.starts / 2)]
    }),
  ]
}

/** Half of the weight of a flow's test is on its starts as a whole, half on its paths: only the first is reckoned with. */
function entryPlace(id: string, perMs: number, part: number): Place {
  return {
    id,
    perMs,
    stops: [{ logWeights: splitDesign(0).logWeights, part, reveals: (question) => entryReveals(perMs, question) }],
    kinds: ['silent'],
    sizes: askedLosses,
    isGuarded: false,
  }
}

function entryReveals(perMs: number, { share, harm }: Question): Reveals[] {
  const kept = 1 - (harm?.size ?? 0)
  const control = perMs * (1 - share)
  const candidate = perMs * share * kept
  return [
    { perMs: control, span: spanFrom(0), steps: splitIncrements(share, { control: 1, candidate: 0 }) },
    { perMs: candidate, span: spanFrom(0), steps: splitIncrements(share, { control: 0, candidate: 1 }) },
  ]
}
