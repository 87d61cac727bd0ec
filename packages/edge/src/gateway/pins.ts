import type { JourneyToken } from '@headgate/protocol/signals'
import type { LiveSnapshot } from '../snapshot/index.ts'

/** Verified journey tokens of a request, with the texts they came as. */
export interface PinnedTexts {
  readonly tokens: readonly JourneyToken[]
  readonly texts: ReadonlyMap<JourneyToken, string>
}

const nothingPinned: PinnedTexts = { tokens: [], texts: new Map() }

/** Only tokens of flows that the snapshot counts are verified; a token in another flow's cookie is not taken. */
export function readPins(live: LiveSnapshot, journeys: ReadonlyMap<string, string>): PinnedTexts {
  if (journeys.size === 0) return nothingPinned
  const texts = new Map<JourneyToken, string>()
  for (const { flow } of live.flows) {
    const text = journeys.get(flow.id)
    const token = text === undefined ? undefined : live.journeys.read(text)
    if (text !== undefined && token?.flow === flow.id) texts.set(token, text)
  }
  return texts.size === 0 ? nothingPinned : { tokens: [...texts.keys()], texts }
}
