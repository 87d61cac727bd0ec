import type { IncidentDraft } from '@headgate/core/incident'
import { gateVerdictView, intervalView, type IncidentView } from '@headgate/protocol/api'
import { z } from 'zod'

/** The stored form of core's `IncidentDraft`. */
export const incidentDraftSchema: z.ZodType<IncidentDraft> = z.object({
  release: z.string(),
  stage: z.string(),
  reason: z.string(),
  criterion: z.string().exactOptional(),
  where: z.string().exactOptional(),
  harmBeganAt: z.int().exactOptional(),
  stopRequestedAt: z.int(),
  reportedBy: z.string().exactOptional(),
  shoppersExposed: z.int(),
  ordersLost: intervalView.exactOptional(),
  verdict: gateVerdictView.exactOptional(),
})

type Record = Pick<IncidentView, 'id' | 'status' | 'openedAt' | 'closedAt' | 'stopInEffectAt' | 'lesson'>

export function toIncidentView(draft: IncidentDraft, record: Record): IncidentView {
  const { verdict, ...facts } = draft
  return {
    ...facts,
    ...record,
    ...(verdict === undefined ? {} : { verdict: gateVerdictView.parse(verdict) }),
  }
}
