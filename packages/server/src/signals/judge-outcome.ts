import type { SnapshotFlow } from '@headgate/core/exposure'
import { journeySlotMs } from '@headgate/core/gate'
import type { JourneyToken, OutcomeEvent } from '@headgate/protocol/signals'

/** What the control plane knows when a batch of outcomes arrives. */
export interface OutcomeFacts {
  readonly at: number
  /** Releases whose evidence is wanted. */
  readonly releases: ReadonlySet<string>
  readonly flows: ReadonlyMap<string, SnapshotFlow>
}

/** An event that is bound to a journey. `outcome` is present when it ends the journey and the journey is a unit of evidence. */
export interface JudgedOutcome {
  readonly event: OutcomeEvent
  readonly journey: JourneyToken
  readonly outcome?: 'completed' | 'failed'
  /** Present when it is an item of a journey that is a unit of evidence. */
  readonly item?: string
  /** Start slot of the journey. */
  readonly slot: number
}

export type Judgement =
  | { readonly kind: 'bound'; readonly bound: JudgedOutcome }
  | { readonly kind: 'refused'; readonly reason: string }

/** Clocks of gateways and shops may differ by this much. */
const clockToleranceMs = 5 * 60_000

/** The event with its journey, or why there is none. The step is a step of the flow, by its id or its event name, or `failed`. */
export function judgeOutcome(event: OutcomeEvent, journey: JourneyToken | undefined, facts: OutcomeFacts): Judgement {
  if (journey === undefined) return refused('the journey token is forged, truncated or from another key')
  if (!facts.releases.has(journey.release)) return refused(`release ${journey.release} is not exposed, or closed`)
  const flow = facts.flows.get(journey.flow)
  if (flow === undefined) return refused(`there is no flow ${journey.flow}`)
  const step = stepOf(flow, event.step)
  if (step === undefined) return refused(`flow ${journey.flow} has no step, event or item ${event.step}`)
  const latest = facts.at + clockToleranceMs
  if (event.at > latest || !(journey.startedAt <= latest)) return refused('it happened in the future; check the clocks')
  const outcome = outcomeOf(flow, step, { event, journey })
  const slot = Math.floor(journey.startedAt / journeySlotMs) * journeySlotMs
  const isItem = isUnit(journey) && flow.items?.includes(step) === true
  const bound = { event: { ...event, step }, journey, slot, ...(isItem ? { item: step } : {}) }
  return { kind: 'bound', bound: outcome === undefined ? bound : { ...bound, outcome } }
}

/** The canonical id of a step, so that id and event name of the same step count once. */
function stepOf(flow: SnapshotFlow, name: string): string | undefined {
  if (name === 'failed') return name
  const step = flow.steps.find(({ id, event }) => id === name || event === name)?.id
  return step ?? flow.items?.find((item) => item === name)
}

/**
 * An item may come long after the journey has ended, so its token may say `settled`. A visitor's later journeys carry that too, but
 * theirs were pinned anew, after the one that is the unit had started.
 */
function isUnit({ state, pinnedAt, startedAt }: JourneyToken): boolean {
  return state !== 'pinned' && startedAt > 0 && pinnedAt <= startedAt
}

interface Reported {
  readonly event: OutcomeEvent
  readonly journey: JourneyToken
}

/**
 * Only a journey whose token says `started` is a unit: a pinned one is not counted among the starts, a settled one was
 * counted by its gateway. After the horizon it counts as an abandon, whatever comes.
 */
function outcomeOf(flow: SnapshotFlow, step: string, { event, journey }: Reported): JudgedOutcome['outcome'] {
  if (journey.state !== 'started') return undefined
  if (flow.horizonMs !== undefined && event.at - journey.startedAt > flow.horizonMs) return undefined
  if (step === 'failed') return 'failed'
  return step === flow.completesAt ? 'completed' : undefined
}

function refused(reason: string): Judgement {
  return { kind: 'refused', reason }
}
