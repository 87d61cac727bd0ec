import { z } from 'zod'
import {
  findingView,
  gateVerdictView,
  gatewayView,
  incidentView,
  lessonView,
  releaseEventView,
  releaseView,
  tokenView,
} from './views.ts'

/**
 * Bodies of answers that hold more than one view. A list is an object with one named property, so that a server may add
 * fields beside it. Single things answer with their view alone: every POST on a release answers with its new `releaseView`,
 * `POST /incidents/:id/close` (an `actRequest`) with the `incidentView`.
 */

/** `GET /api/v1/releases` */
export const releaseList = z.object({ releases: z.array(releaseView) })
export type ReleaseList = z.infer<typeof releaseList>

/** `GET /api/v1/releases/:id/events?after=<seq>&limit=<n>`, oldest first. */
export const releaseEventList = z.object({ events: z.array(releaseEventView) })
export type ReleaseEventList = z.infer<typeof releaseEventList>

/** `GET /api/v1/releases/:id/verdicts?limit=<n>`, newest first: what the gate said each time its answer changed. */
export const verdictList = z.object({ verdicts: z.array(gateVerdictView) })
export type VerdictList = z.infer<typeof verdictList>

/** `GET /api/v1/incidents?release=<id>`, newest first. */
export const incidentList = z.object({ incidents: z.array(incidentView) })
export type IncidentList = z.infer<typeof incidentList>

/** `GET /api/v1/criteria`: what incidents taught, oldest first, the retired included. */
export const lessonList = z.object({ criteria: z.array(lessonView) })
export type LessonList = z.infer<typeof lessonList>

/** `GET /api/v1/gateways` */
export const gatewayList = z.object({ gateways: z.array(gatewayView) })
export type GatewayList = z.infer<typeof gatewayList>

/** `GET /api/v1/tokens`, without the revoked. */
export const tokenList = z.object({ tokens: z.array(tokenView) })
export type TokenList = z.infer<typeof tokenList>

/** `POST /api/v1/tokens` and `POST /api/v1/bootstrap`: the only time the token itself is shown. */
export const createdToken = z.object({ token: z.string(), view: tokenView })
export type CreatedToken = z.infer<typeof createdToken>

/** `POST /api/v1/bootstrap`: the one-time secret that the first start printed. */
export const bootstrapRequest = z.strictObject({
  secret: z.string().min(1).max(200),
  /** Address of the person who becomes the first administrator. */
  principal: z.string().trim().min(1).max(200).exactOptional(),
})
export type BootstrapRequest = z.infer<typeof bootstrapRequest>

/** `GET /api/v1/model/findings` */
export const findingList = z.object({ findings: z.array(findingView) })
export type FindingList = z.infer<typeof findingList>

/** `GET /api/v1/model` and the answer of `PUT /api/v1/model`: the files in force and what the lint says about them. */
export const modelView = z.object({
  version: z.int(),
  hash: z.string(),
  appliedAt: z.int(),
  appliedBy: z.string(),
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  findings: z.array(findingView),
})
export type ModelView = z.infer<typeof modelView>
