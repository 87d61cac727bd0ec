import { z } from 'zod'
import { duration, expected, fraction } from './scalars.ts'
import { named, strict } from './shapes.ts'

const amountExpected = 'a number above 0'
const positive = z
  .number({ error: (issue) => expected(amountExpected, issue.input) })
  .positive({ error: (issue) => expected(amountExpected, issue.input) })
  .max(1e9, 'expected at most a billion')

export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'expected a currency code such as EUR')

export const money = strict({ amount: positive, currency: currencyCode }, 'an amount')

const span = strict({ median: duration, p95: duration }, 'a span of time').describe(
  'Half of them take no longer than median, 95 of 100 no longer than p95',
)

const item = strict(
  {
    share: fraction.describe('Share of the started journeys that get the item'),
    delay: span.exactOptional().describe('From start to item (default: 98 of 100 within the time for it)'),
  },
  'the traffic of an item',
)

const flowTrafficKeys = {
  perMinute: positive.describe('Visitors’ first journeys that start, a minute'),
  delay: span.exactOptional().describe('From start to order (default: 98 of 100 within the horizon)'),
  items: named(item, 'items').exactOptional().describe('How often journeys get the flow’s items'),
}

/** `flows.*.traffic` of the operating model. */
export const flowTraffic = strict(flowTrafficKeys, 'the traffic of a flow').describe(
  'Expected traffic, for the sight report and for headgate check; measured figures replace it',
)

/** `routes.*.traffic` of the operating model. */
export const routeTraffic = strict(
  {
    perMinute: positive.describe('Visitors’ first requests to the class, a minute'),
    errors: fraction.exactOptional().describe('Share of them that fail (default 0.3%)'),
    latency: span.exactOptional().describe('Time to first byte (default 200ms, 500ms)'),
  },
  'the traffic of a route class',
).describe('Expected traffic, for the sight report and for headgate check; measured figures replace it')

export const visitorsPerMinute = positive.describe(
  'Visitors a minute who come back with a cookie they were given earlier',
)

const path = strict(
  {
    share: fraction.exactOptional().describe('Share of the flow’s journeys'),
    completion: fraction.exactOptional().describe('Share of its journeys that complete within the horizon'),
    failing: fraction.exactOptional().describe('Share of its journeys that fail explicitly'),
  },
  'a path',
)

const flow = strict(
  {
    ...flowTrafficKeys,
    averageOrder: money.exactOptional(),
    paths: named(path, 'paths').exactOptional(),
  },
  'the traffic of a flow',
)

/** A file for `headgate plan --traffic`: rates that are stated for one report. */
export const trafficFileSchema = strict(
  {
    flows: named(flow, 'flows').exactOptional(),
    routes: named(routeTraffic, 'route classes').exactOptional(),
    visitorsPerMinute: visitorsPerMinute.exactOptional(),
  },
  'the traffic',
)

export type TrafficFile = z.infer<typeof trafficFileSchema>
export type FlowTrafficFile = z.infer<typeof flowTraffic>
export type RouteTrafficFile = z.infer<typeof routeTraffic>
