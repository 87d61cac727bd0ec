import { z } from 'zod'

/** A journey step that the shop itself reports (order placed, payment refused), or an item of it, bound to the journey by its token. */
export const outcomeEvent = z.strictObject({
  /** The shop's id of the event; a repeat counts once. */
  id: z.string().min(1).max(200),
  /** Value of the `headgate-journey` request header that the gateway sent along. */
  journey: z.string().min(1).max(1_000),
  /** Step id of the flow, id of one of its items, or `failed`. */
  step: z.string().min(1).max(100),
  at: z.int().min(0),
  value: z.strictObject({ amount: z.number(), currency: z.string().length(3) }).exactOptional(),
})
export type OutcomeEvent = z.infer<typeof outcomeEvent>

export const outcomeBatch = z.strictObject({
  /** Name of the reporting component, e.g. `commerce-api`. An empty batch is a sign of life. */
  source: z.string().min(1).max(100),
  events: z.array(outcomeEvent).max(1_000),
})
export type OutcomeBatch = z.infer<typeof outcomeBatch>

export const outcomeReceipt = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.array(z.object({ id: z.string(), reason: z.string() })),
})
export type OutcomeReceipt = z.infer<typeof outcomeReceipt>
