import { z } from 'zod'

const reason = z.string().trim().min(1).max(500)
/** The revision the caller looked at; when given, a release that moved on since is not touched (409). */
const revision = z.int().positive().exactOptional()

export const actRequest = z.strictObject({ reason, revision })
export type ActRequest = z.infer<typeof actRequest>

/** `POST /api/v1/incidents/:id/accept`: the key of a criterion as the proposal shows it. */
export const acceptLessonRequest = z.strictObject({ reason, criterion: z.string().min(1).max(300) })
export type AcceptLessonRequest = z.infer<typeof acceptLessonRequest>

/** `POST /api/v1/incidents`: harm that no gate saw, between two moments of a release. */
export const reportIncidentRequest = z.strictObject({
  release: z.string().min(1).max(100),
  from: z.int().min(0),
  until: z.int().min(0),
  reason,
})
export type ReportIncidentRequest = z.infer<typeof reportIncidentRequest>

export const stopRequest = z.strictObject({ reason, mode: z.enum(['hold', 'eject', 'evict']).exactOptional() })
export type StopRequest = z.infer<typeof stopRequest>

/** `approvalHash` as shown by the release view: the approval counts only for that plan and evidence. */
export const approveRequest = z.strictObject({ reason, approvalHash: z.string() })
export type ApproveRequest = z.infer<typeof approveRequest>

/** Scopes of a token: `admin` manages tokens and the model, `act` uses the principal's rights, the others are machines'. */
export const scopes = ['admin', 'act', 'read', 'gateway', 'signals'] as const
export type Scope = (typeof scopes)[number]

export const createTokenRequest = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** Address of the person, or the name of the machine. */
  principal: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1),
  expiresInMs: z.int().positive().exactOptional(),
})
export type CreateTokenRequest = z.infer<typeof createTokenRequest>

/** A file of the operating model as its author wrote it. */
export const modelFile = z.strictObject({ path: z.string().min(1).max(300), text: z.string().max(2_000_000) })
export const applyModelRequest = z.strictObject({ files: z.array(modelFile).min(1).max(500) })
export type ApplyModelRequest = z.infer<typeof applyModelRequest>

/** A gateway says which snapshot it obeys now, and when it began to. */
export const acknowledgement = z.strictObject({
  gateway: z.string().min(1).max(100),
  source: z.uuid(),
  version: z.int().min(0),
  appliedAt: z.int().min(0),
})
export type Acknowledgement = z.infer<typeof acknowledgement>

/** A stop that somebody commanded at a gateway itself; sent when the link to the control plane is back, as often as needed. */
export const localStopReport = z.strictObject({
  gateway: z.string().min(1).max(100),
  source: z.uuid(),
  release: z.string().min(1).max(100),
  mode: z.enum(['hold', 'eject', 'evict']),
  reason,
  by: z.string().trim().min(1).max(200),
  at: z.int().min(0),
})
export type LocalStopReport = z.infer<typeof localStopReport>

/** RFC 9457 problem details. */
export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  problems: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        file: z.string().exactOptional(),
        line: z.int().exactOptional(),
        column: z.int().exactOptional(),
      }),
    )
    .exactOptional(),
})
export type ProblemDetails = z.infer<typeof problemDetails>
