import { stopModes } from '@headgate/core/model'
import { z } from 'zod'
import { apiVersion } from './model-schema.ts'
import {
  count,
  duration,
  durationOrZero,
  expected,
  flag,
  fraction,
  id,
  instant,
  numberOrText,
  parseFraction,
  share,
  text,
} from './scalars.ts'
import { list, named, nearestOf, strict, word } from './shapes.ts'
import { currencyCode, money } from './traffic-schema.ts'

const common = {
  id: id.exactOptional().describe('Stable through the release (default: signal, with the flow where there is one)'),
  owner: id.exactOptional().describe('Team that owns its verdicts (default: the gate’s owner)'),
  weight: z
    .number({ error: 'expected a number above 0' })
    .positive('expected a number above 0')
    .max(1_000, 'expected at most 1000')
    .exactOptional()
    .describe('Part of the release’s false-stop budget, relative to its siblings (default 1)'),
  shadow: flag.exactOptional().describe('Judged and recorded, never acted upon'),
  signedOff: strict(
    {
      by: text.describe('Team id, or address of the person who accepts it'),
      reason: text,
      until: instant.exactOptional().describe('From then on it no longer counts (default: no end)'),
    },
    'a sign-off',
  )
    .exactOptional()
    .describe('It is known to see too little at this traffic (headgate plan), and that is accepted'),
}
const minUnits = count(1, 100_000_000).exactOptional().describe('Resolved candidate units below which nothing passes')
const routes = list(id, 'route class ids').min(1, 'name at least one route class')

const completion = strict(
  {
    ...common,
    signal: z.literal('completion'),
    flow: id,
    margin: fraction.describe('Largest relative loss of completions that may pass'),
    paths: named(fraction, 'margins').exactOptional().describe('The same per path'),
    only: list(id, 'paths')
      .min(1, 'name at least one path')
      .exactOptional()
      .describe('The only paths that it watches (default: all)'),
    minUnits,
  },
  'a completion criterion',
)
const errors = strict(
  {
    ...common,
    signal: z.literal('errors'),
    routes,
    margin: fraction.describe('Largest absolute increase of the share of visitors that may pass'),
    minUnits,
  },
  'an errors criterion',
)
const latency = strict(
  {
    ...common,
    signal: z.literal('latency'),
    routes,
    tolerance: numberOrText(10, /^\d{1,3}(\.\d+)?\s?%$/, (issue) =>
      expected('a relative slow-down up to 10, or in percent, such as 0.2 or 20%', issue.input),
    ).describe('Largest relative slow-down that is no harm'),
    minUnits,
  },
  'a latency criterion',
)
const revenue = strict(
  {
    ...common,
    signal: z.literal('revenue'),
    flow: id,
    currency: currencyCode.exactOptional().describe('Orders in others are not compared (default: the shop’s only one)'),
    margin: fraction.describe('Largest relative loss of order value that may pass'),
    minUnits,
  },
  'a revenue criterion',
)
const counted = strict(
  {
    ...common,
    signal: z.literal('count'),
    flow: id,
    event: id.describe('One of the flow’s items'),
    margin: fraction.describe('Largest absolute increase of the share of started journeys with the item that may pass'),
    minUnits,
  },
  'a count criterion',
)
const split = strict({ ...common, signal: z.literal('split') }, 'a split criterion')
const limit = z.number({ error: (issue) => expected('a number', issue.input) }).exactOptional()
const metric = strict(
  {
    ...common,
    id: id.describe('Stable through the release'),
    signal: z.literal('metric'),
    source: id.describe('One of the model’s metricSources'),
    query: text,
    max: limit,
    min: limit,
    freshness: duration.exactOptional().describe('A reading older than this is no reading (default 2m)'),
    consecutive: count(1, 1_000).exactOptional().describe('Readings outside the limits that make a fail (default 3)'),
  },
  'a metric criterion',
)

const signals = ['completion', 'errors', 'latency', 'revenue', 'count', 'split', 'metric'] as const

const criterion = z.discriminatedUnion('signal', [completion, errors, latency, revenue, counted, split, metric], {
  error: ({ input }) => {
    const signal = typeof input === 'object' && input !== null && 'signal' in input ? input.signal : undefined
    const words = `a criterion whose signal is one of ${signals.join(', ')}`
    return expected(words, signal ?? input) + (typeof signal === 'string' ? nearestOf(signal, signals) : '')
  },
})

const gate = strict(
  {
    owner: id.exactOptional().describe('Team that owns a verdict that holds (default: the release’s owner)'),
    onFail: word(stopModes).exactOptional().describe('What follows a fail (default evict)'),
    respondWithin: duration.exactOptional().describe('How long the owner has to act on a hold before it escalates'),
    criteria: list(criterion, 'criteria').min(1, 'a gate needs at least one criterion'),
  },
  'a gate',
)

/** A gate in a file of its own, for `headgate backtest`. */
export const gateFileSchema = strict(
  { apiVersion: apiVersion.exactOptional(), budgets: z.lazy(() => budgets).exactOptional(), ...gate.shape },
  'the gate',
)

const gateUse = z.union([id.describe('A gate of `gates`'), gate], {
  error: (issue) => expected('the name of a gate under `gates`, or a gate', issue.input),
})

const stage = strict(
  {
    id,
    visitors: share.describe('Share of visitors'),
    urls: share
      .exactOptional()
      .describe('Share of URLs of crawlable routes for requests without a cookie (default 0%)'),
    routes: list(id, 'route class ids').exactOptional().describe('Route classes exposed (default: all)'),
    window: strict({ min: durationOrZero, max: duration }, 'a window').describe(
      'No raise before min; undecided at max holds',
    ),
    entry: gateUse.exactOptional().describe('Must pass before exposure rises to this stage'),
    exit: gateUse.describe('Must pass before exposure rises beyond this stage'),
    fallback: word(['control', 'none'])
      .exactOptional()
      .describe('Where an idempotent request goes when the candidate fails (default control)'),
    reversible: flag.exactOptional().describe('false = one-way: needs a rehearsed rollForward runbook (default true)'),
    rollForward: id.exactOptional().describe('Runbook'),
  },
  'a stage',
)

const budgets = strict(
  {
    falseStop: fraction.exactOptional().describe('Probability of one false stop over the whole release (default 1%)'),
    falsePass: fraction.exactOptional().describe('Probability that a gate passes at exactly its margin (default 1%)'),
    lostOrders: z
      .number({ error: 'expected a number above 0' })
      .positive('expected a number above 0')
      .exactOptional()
      .describe('Expected loss of orders that stops the release even without significance'),
    lostRevenue: money
      .exactOptional()
      .describe('The same in money: lost orders times what an order is worth on average'),
  },
  'budgets',
).superRefine((value, context) => {
  for (const key of ['falseStop', 'falsePass'] as const) {
    const probability = parseFraction(value[key] ?? 0.01)
    if (probability === undefined || probability <= 0 || probability > 0.2) {
      context.addIssue({ code: 'custom', path: [key], message: 'expected a probability above 0% and at most 20%' })
    }
  }
})

const freeze = strict({ from: instant, until: instant, reason: text }, 'a freeze').describe('Nothing rises in between')

/** A file of `releases/` as its author writes it. {@link toReleasePlan} gives the domain form. */
export const releaseFileSchema = strict(
  {
    apiVersion,
    release: id.describe('Id of the release'),
    components: list(id, 'component ids').min(1, 'a release needs at least one component').describe('The candidate'),
    owner: id.exactOptional().describe('Team that answers for the release'),
    flows: list(id, 'flow ids').exactOptional().describe('Flows that the gates watch'),
    salt: count(0, 0xffff_ffff).exactOptional().describe('Seed of the bucket hash (default: made from the id)'),
    budgets: budgets.exactOptional(),
    tick: duration.exactOptional().describe('How often the gate is judged (default 5s)'),
    lease: strict(
      {
        duration: duration.exactOptional().describe('default 15s'),
        onExpiry: word(['control', 'stay']).exactOptional().describe('default control'),
      },
      'a lease',
    ).exactOptional(),
    freezes: list(freeze, 'freezes').exactOptional(),
    gates: named(gate, 'gates').exactOptional().describe('Gates that stages refer to by name'),
    stages: list(stage, 'stages').min(1, 'a release needs at least one stage'),
  },
  'the release',
)

export type ReleaseFile = z.infer<typeof releaseFileSchema>
export type CriterionFile = z.infer<typeof criterion>
export type GateFile = z.infer<typeof gate>
export type StageFile = z.infer<typeof stage>
