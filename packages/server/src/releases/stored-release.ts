import { stopModes } from '@headgate/core/model'
import type { Actor, Approval, Hold, Release } from '@headgate/core/release'
import { z } from 'zod'

/** Stored forms of core's release types; what is read back is checked against them (and before that against the chain). */
const instant = z.number()
export const actorSchema: z.ZodType<Actor> = z.strictObject({
  kind: z.enum(['person', 'automation']),
  id: z.string(),
})
export const approvalSchema: z.ZodType<Approval> = z.strictObject({
  by: z.string(),
  at: instant,
  expiresAt: instant,
  planHash: z.string(),
  evidenceHash: z.string(),
  toStage: z.int(),
})

const holdSchema: z.ZodType<Hold> = z.strictObject({
  cause: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('person'), by: z.string(), reason: z.string() }),
    z.strictObject({
      kind: z.literal('verdict'),
      verdict: z.enum(['inconclusive', 'underpowered', 'blind', 'provider-error']),
      reason: z.string(),
    }),
    z.strictObject({ kind: z.literal('incident'), incident: z.string() }),
    z.strictObject({ kind: z.literal('freeze'), reason: z.string(), until: instant }),
  ]),
  since: instant,
  owner: z.string(),
  deadline: instant,
  escalations: z.int(),
})

const staged = {
  stage: z.int(),
  enteredAt: instant,
  inEffectAt: instant.exactOptional(),
  approvals: z.array(approvalSchema),
  passedEvidence: z.string().exactOptional(),
  askedFor: z.string().exactOptional(),
}
const withdrawal = {
  stage: z.int(),
  mode: z.enum(stopModes),
  by: actorSchema,
  reason: z.string(),
  requestedAt: instant,
}

const releaseSchema: z.ZodType<Release> = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('draft') }),
  z.strictObject({ phase: z.literal('ready'), planHash: z.string(), approvals: z.array(approvalSchema) }),
  z.strictObject({ phase: z.literal('ramping'), ...staged }),
  z.strictObject({ phase: z.literal('held'), ...staged, holds: z.array(holdSchema) }),
  z.strictObject({ phase: z.literal('stopping'), ...withdrawal }),
  z.strictObject({ phase: z.literal('stopped'), ...withdrawal, inEffectAt: instant }),
  z.strictObject({ phase: z.literal('live'), since: instant, stage: z.int() }),
  z.strictObject({
    phase: z.literal('closed'),
    at: instant,
    outcome: z.enum(['live', 'stopped', 'abandoned']),
  }),
])

/** When each stage was entered, in order, and left. */
export interface StageTime {
  readonly enteredAt: number
  readonly leftAt?: number
}

/** Everything that the events of a release add up to. */
export interface ReleaseRecord {
  readonly release: Release
  /** Why it is where it is, and since when it is in this phase. */
  readonly reason: string
  readonly since: number
  readonly stages: readonly StageTime[]
}

export const releaseRecordSchema: z.ZodType<ReleaseRecord> = z.strictObject({
  release: releaseSchema,
  reason: z.string(),
  since: instant,
  stages: z.array(z.strictObject({ enteredAt: instant, leftAt: instant.exactOptional() })),
})
