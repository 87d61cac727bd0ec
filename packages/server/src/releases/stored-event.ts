import type { GateVerdict } from '@headgate/core/gate'
import { verdictKinds } from '@headgate/core/gate'
import { stopModes } from '@headgate/core/model'
import type { Actor, ReleaseEvent, StepContext } from '@headgate/core/release'
import { gateVerdictView } from '@headgate/protocol/api'
import { z } from 'zod'
import { actorSchema, approvalSchema } from './stored-release.ts'

const instant = z.number()
const owned = { owner: z.string(), respondWithinMs: z.number() }
const byPerson = { by: actorSchema, reason: z.string() }

const eventSchema: z.ZodType<ReleaseEvent> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('prepared'), planHash: z.string() }),
  z.strictObject({ kind: z.literal('inherited'), planHash: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal('approved'), approval: approvalSchema, granted: z.boolean() }),
  z.strictObject({ kind: z.literal('raise-requested'), ...byPerson, granted: z.boolean() }),
  z.strictObject({
    kind: z.literal('judged'),
    verdict: z.enum(verdictKinds),
    reason: z.string(),
    evidenceHash: z.string(),
    automatic: z.boolean(),
    granted: z.boolean(),
    windowOver: z.boolean(),
    minWindowOver: z.boolean(),
    ...owned,
    onFail: z.enum(stopModes),
  }),
  z.strictObject({ kind: z.literal('hold-requested'), ...byPerson, ...owned }),
  z.strictObject({ kind: z.literal('resume-requested'), ...byPerson }),
  z.strictObject({ kind: z.literal('stop-requested'), ...byPerson, mode: z.enum(stopModes) }),
  z.strictObject({ kind: z.literal('exposure-confirmed') }),
  z.strictObject({ kind: z.literal('deadline-passed'), escalateTo: z.string(), respondWithinMs: z.number() }),
  z.strictObject({ kind: z.literal('incident-opened'), incident: z.string(), ...owned }),
  z.strictObject({ kind: z.literal('incident-closed'), incident: z.string() }),
  z.strictObject({ kind: z.literal('freeze-began'), reason: z.string(), until: instant, owner: z.string() }),
  z.strictObject({ kind: z.literal('freeze-ended') }),
  z.strictObject({ kind: z.literal('close-requested'), ...byPerson }),
])

const contextSchema: z.ZodType<StepContext> = z.strictObject({
  at: instant,
  owner: z.string(),
  approvers: z.array(z.string()),
  planHash: z.string(),
  stages: z.array(z.strictObject({ id: z.string(), reversible: z.boolean(), rehearsed: z.boolean() })),
  obstacles: z.array(
    z.strictObject({ kind: z.enum(['overlap', 'incident', 'freeze', 'finding', 'blind']), reason: z.string() }),
  ),
  cutOver: z.boolean(),
})

/** One entry of a release's log: what happened, all facts that decided, and what came of it. The chained text is its canonical JSON. */
export interface StoredEvent {
  readonly seq: number
  readonly actor: Actor
  readonly event: ReleaseEvent
  readonly context: StepContext
  readonly outcome: 'changed' | 'ignored' | 'refused'
  readonly reason: string
  /** Hash of the version of the operating model that was followed. */
  readonly model: string
  /** What the gate said, in full, where the event is its look. */
  readonly verdict?: GateVerdict
}

export const storedEventSchema: z.ZodType<StoredEvent> = z.strictObject({
  seq: z.int(),
  actor: actorSchema,
  event: eventSchema,
  context: contextSchema,
  outcome: z.enum(['changed', 'ignored', 'refused']),
  reason: z.string(),
  model: z.string(),
  verdict: gateVerdictView.exactOptional(),
})
