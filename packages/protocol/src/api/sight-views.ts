import { z } from 'zod'

const money = z.object({ amount: z.number(), currency: z.string() })
const duration = z.object({ meanMs: z.number(), p95Ms: z.number() })
const mean = z.object({ mean: z.number(), p95: z.number() })
const status = z.enum(['sees', 'unknown', 'underpowered', 'blind'])
const origin = z.enum(['recorded', 'stated', 'declared'])

const harm = z.object({
  size: z.number(),
  kind: z.enum(['silent', 'loud']),
  stop: duration.exactOptional(),
  isSeen: z.boolean(),
  lost: z.object({ orders: mean, money: mean.extend({ currency: z.string() }).exactOptional() }).exactOptional(),
  exposedUnits: z.number().exactOptional(),
})

const place = z.object({
  place: z.string(),
  status,
  isGuarded: z.boolean(),
  watchMs: z.number(),
  candidatePerMinute: z.number(),
  smallestHarm: z.number().exactOptional(),
  margin: z.number().exactOptional(),
  harms: z.array(harm).readonly(),
  pass: z.object({ units: z.number(), time: duration.exactOptional(), isInWindow: z.boolean() }).exactOptional(),
  cures: z
    .array(
      z.object({
        kind: z.enum(['window', 'stay', 'slice', 'margin', 'signal', 'sign-off']),
        value: z.number().exactOptional(),
        words: z.string(),
      }),
    )
    .readonly(),
})

const criterion = z.object({
  criterion: z.string(),
  signal: z.enum(['completion', 'errors', 'latency', 'revenue', 'count', 'split', 'metric']),
  shadow: z.boolean(),
  status,
  signedOff: z.object({ by: z.string(), reason: z.string(), until: z.number().exactOptional() }).exactOptional(),
  note: z.string().exactOptional(),
  places: z.array(place).readonly(),
})

const stage = z.object({
  stage: z.string(),
  visitorBasisPoints: z.number(),
  minMs: z.number(),
  maxMs: z.number(),
  pass: duration.exactOptional(),
  criteria: z.array(criterion).readonly(),
})

/** `GET /api/v1/releases/:id/sight?days=<n>` and `headgate plan --json`: see docs/reference/sight-report.md. */
export const sightView = z.object({
  release: z.string(),
  shop: z.string(),
  traffic: z.object({
    origin,
    recordedMs: z.number().exactOptional(),
    flows: z
      .array(
        z.object({
          flow: z.string(),
          perMinute: z.number().exactOptional(),
          medianDelayMs: z.number().exactOptional(),
          averageOrder: money.exactOptional(),
        }),
      )
      .readonly(),
  }),
  falseStopBudget: z.number(),
  falsePassBudget: z.number(),
  lossBudget: z.object({ orders: z.number().exactOptional(), revenue: money.exactOptional() }),
  shares: z.array(z.object({ criterion: z.string(), share: z.number() })).readonly(),
  stages: z.array(stage).readonly(),
  seesEnough: z.boolean(),
})
export type SightView = z.infer<typeof sightView>

const knownFlow = z.object({
  perMinute: z.number().exactOptional(),
  medianDelayMs: z.number().exactOptional(),
  p95DelayMs: z.number().exactOptional(),
  averageOrder: money.exactOptional(),
  values: z.record(z.string(), z.record(z.string(), z.number())).exactOptional(),
  items: z
    .record(
      z.string(),
      z.object({
        share: z.number(),
        medianDelayMs: z.number().exactOptional(),
        p95DelayMs: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
  paths: z.record(
    z.string(),
    z.object({
      share: z.number().exactOptional(),
      completion: z.number().exactOptional(),
      failing: z.number().exactOptional(),
    }),
  ),
})

const knownRoute = z.object({
  perMinute: z.number().exactOptional(),
  errorShare: z.number().exactOptional(),
  medianLatencyMs: z.number().exactOptional(),
  p95LatencyMs: z.number().exactOptional(),
  latency: z.record(z.string(), z.number()).exactOptional(),
})

/** `GET /api/v1/traffic?days=<n>`: what the recorded evidence shows of the shop's traffic, for plans that are not applied yet. */
export const trafficView = z.object({
  origin,
  recordedMs: z.number().exactOptional(),
  flows: z.record(z.string(), knownFlow),
  routes: z.record(z.string(), knownRoute),
  visitorsPerMinute: z.number().exactOptional(),
})
export type TrafficView = z.infer<typeof trafficView>
