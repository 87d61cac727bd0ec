import type { RightName } from '@headgate/core/model'
import { z } from 'zod'
import { count, duration, expected, flag, fraction, id, instant, share, text } from './scalars.ts'
import { list, named, strict, word } from './shapes.ts'
import { currencyCode, flowTraffic, money, routeTraffic, visitorsPerMinute } from './traffic-schema.ts'
import { urlRules } from './url-rule.ts'

export const apiVersion = z
  .literal('headgate.dev/v1', { error: 'expected apiVersion: headgate.dev/v1, the only version there is' })
  .describe('Version of this file format')

const team = strict(
  {
    lead: text.exactOptional().describe('Address of the person who answers for the team'),
    members: list(text, 'addresses')
      .exactOptional()
      .describe('People who may use the team’s rights; the lead always may'),
    oncall: text.exactOptional().describe('Whom to page, e.g. pagerduty:checkout'),
    chat: text.exactOptional().describe('Where the team talks, e.g. slack:#checkout'),
  },
  'a team',
)

const right = strict(
  {
    any: list(id, 'team ids')
      .min(1, 'name at least one team')
      .exactOptional()
      .describe('One person of any of these teams'),
    quorum: count(1, 20).exactOptional().describe('Distinct people needed, of the teams in `of`'),
    of: list(id, 'team ids').min(1, 'name at least one team').exactOptional(),
    expires: duration.exactOptional().describe('An approval is void after this long (default 4h)'),
    automation: strict({ upTo: share }, 'an automation grant')
      .exactOptional()
      .describe('Automation may use the right by itself, up to this exposure'),
    maxMinutes: count(1, 43_200).exactOptional().describe('The longest time that an override may last'),
    reason: word(['required', 'optional']).exactOptional(),
  },
  'a right',
).superRefine((value, context) => {
  const { any, quorum, of } = value
  const ways = [any !== undefined, quorum !== undefined || of !== undefined]
  if (ways[0] === ways[1]) {
    context.addIssue('write either any: [teams] (one person) or quorum: n with of: [teams] (n distinct people)')
  } else if (any === undefined && (quorum === undefined || of === undefined)) {
    context.addIssue(`a quorum needs both keys: ${quorum === undefined ? 'quorum' : 'of'} is missing`)
  }
})

const rights = {
  stop: right.exactOptional(),
  hold: right.exactOptional(),
  resume: right.exactOptional(),
  raise: right.exactOptional(),
  override: right.exactOptional(),
  'approve-contract': right.exactOptional(),
  'accept-exception': right.exactOptional(),
  'accept-criterion': right
    .refine(({ any }) => any !== undefined, 'one person accepts what an incident taught: write any: [teams]')
    .exactOptional()
    .describe('Accept, waive and retire the criteria that incidents produce (default: the domain’s owner)'),
} satisfies Record<RightName, unknown>

const escalation = list(strict({ after: duration, to: id.describe('Team') }, 'an escalation step'), 'escalation steps')

const domain = strict(
  {
    owner: id.describe('Team that answers for the domain'),
    rights: strict(rights, 'the rights of a domain').exactOptional().describe('Who may do what in this domain'),
    escalation: escalation.exactOptional().describe('Who is told next when nobody acted'),
  },
  'a domain',
)

const component = strict(
  {
    domain: id,
    owner: id.exactOptional().describe('Team that answers for the component'),
    replaces: id.exactOptional().describe('The component that serves shoppers today and that this one takes over from'),
    provides: list(text, 'contracts').exactOptional().describe('Contracts provided, e.g. commerce-api@2'),
    consumes: list(text, 'contracts').exactOptional().describe('Contracts consumed'),
    upstream: z
      .url({
        protocol: /^https?$/,
        error: (issue) => expected('a base URL such as http://127.0.0.1:4001', issue.input),
      })
      .exactOptional()
      .describe('Base URL that gateways send traffic to'),
  },
  'a component',
)

const route = strict(
  {
    match: urlRules,
    crawlable: flag
      .exactOptional()
      .describe('Has a second dial, by URL, for requests without a visitor cookie (default false)'),
    servedBy: id.exactOptional().describe('Component that serves the class today (default shop.servedBy)'),
    timeout: duration.exactOptional().describe('How long an upstream may take to its first byte (default 10s)'),
    traffic: routeTraffic.exactOptional(),
  },
  'a route class',
)

const failStatus = z.union([word(['4xx', '5xx']), count(400, 599)], {
  error: 'expected a status from 400 to 599, or 4xx or 5xx',
})

const stepObject = strict(
  {
    id,
    match: urlRules.exactOptional().describe('Recognised by the gateway: URL rules'),
    event: text.exactOptional().describe('Reported by the shop: name of the event'),
    failsOn: list(failStatus, 'statuses').exactOptional().describe('Statuses that fail the journey at this step'),
  },
  'a step',
)

const step = z.union([id.describe('Reported by the shop as an event of this name'), stepObject], {
  error: (issue) => expected('the name of a step, or a step such as { id: pay, match: "POST /pay" }', issue.input),
})

const itemObject = strict(
  {
    id,
    within: duration
      .exactOptional()
      .describe('A journey without the item by then counts as one that will have none (default: the horizon)'),
    from: id.exactOptional().describe('Component that reports it, so that its silence is seen (default: any)'),
  },
  'an item',
)

const item = z.union([id.describe('Reported as an outcome event of this name'), itemObject], {
  error: (issue) => expected('the name of an item, or an item such as { id: refund, within: 1d }', issue.input),
})

const path = strict(
  {
    critical: flag
      .exactOptional()
      .describe('The path that earns the money (default true for the path named "critical")'),
    share: fraction.exactOptional().describe('Expected share of journeys'),
    completion: fraction.exactOptional().describe('Expected completion rate'),
    match: urlRules.exactOptional().describe('A start that fits one of these rules is a journey of this path'),
  },
  'a path',
)

const flow = strict(
  {
    domain: id,
    steps: list(step, 'steps').min(1, 'a flow needs at least one step'),
    startsAt: id.exactOptional().describe('Step at which a journey becomes a unit of evidence (default: the first)'),
    completesAt: id.exactOptional().describe('Step that completes it (default: the last)'),
    pinnedFrom: id.exactOptional().describe('Step from which the arm is pinned (default: startsAt)'),
    pin: duration.exactOptional().describe('How long at most the arm stays pinned (default 2h)'),
    horizon: duration.exactOptional().describe('A start without completion by then is an abandon (default 30m)'),
    items: list(item, 'items')
      .exactOptional()
      .describe('What else happens to journeys and may be counted: mismatches, refunds, complaints'),
    paths: named(path.nullable(), 'paths').exactOptional().describe('Variants of the journey (default: critical)'),
    defaultPath: id
      .exactOptional()
      .describe('Path of a journey that fits no rule (default: critical, else the first without rules)'),
    traffic: flowTraffic.exactOptional(),
    averageOrder: money.exactOptional().describe('What an order is worth on average, for losses in money'),
  },
  'a flow',
)

const entity = strict(
  {
    record: id.describe('Component whose value is true'),
    copies: list(text, 'copies').describe('Components and places that hold a copy'),
    key: list(text, 'fields').min(1, 'name at least one key field'),
    tolerance: z.number({ error: 'expected a number from 0' }).min(0, 'expected a number from 0').exactOptional(),
    freshness: duration.exactOptional().describe('How old a copy may be (default 5m)'),
  },
  'an entity',
)

const integration = strict(
  {
    from: id,
    to: id,
    contract: text.describe('Contract of the messages, e.g. price-changed@1'),
    idempotencyKey: text.exactOptional().describe('Field that tells a repeat from a new message'),
    retry: strict(
      { attempts: count(1, 1_000).exactOptional(), within: duration.exactOptional() },
      'a retry',
    ).exactOptional(),
    onExhausted: word(['exception', 'drop']).exactOptional().describe('What follows the last attempt'),
    owner: id.exactOptional().describe('Team that owns exceptions'),
    respondWithin: duration.exactOptional().describe('How long the owner has'),
  },
  'an integration',
)

const runbook = strict(
  {
    owner: id,
    steps: list(text, 'steps').min(1, 'a runbook needs at least one step'),
    rehearsedAt: instant.exactOptional().describe('When people last went through it'),
  },
  'a runbook',
)

const connection = strict(
  {
    kind: id,
    options: z
      .record(z.string(), z.json(), { error: (issue) => expected('a mapping', issue.input) })
      .exactOptional()
      .describe('Read by the adapter of that kind'),
  },
  'a connection',
)

const identity = z.discriminatedUnion(
  'kind',
  [
    strict(
      {
        kind: z.literal('synthetic'),
        header: z
          .string({ error: (issue) => expected('the name of a request header such as x-probe', issue.input) })
          .regex(/^(?!headgate-|cookie$|host$|user-agent$)[a-z][a-z0-9-]{0,63}$/, {
            error: (issue) => expected('the name of a request header in lower case, such as x-probe', issue.input),
          })
          .describe('Request header that carries the secret'),
        sha256: z
          .string({ error: (issue) => expected('the SHA-256 of the secret, 64 hexadecimal digits', issue.input) })
          .regex(/^[0-9a-f]{64}$/, {
            error: () => 'expected the SHA-256 of the secret, 64 hexadecimal digits in lower case; never the secret',
          })
          .describe('SHA-256 of the header’s value: draw 32 random bytes, write down only their hash'),
      },
      'a synthetic identity',
    ),
    strict(
      {
        kind: z.literal('bot'),
        userAgents: list(text, 'parts of user agents')
          .min(1, 'name at least one part of a user agent')
          .describe('Any of these as a part of User-Agent, case and all'),
      },
      'a bot',
    ),
  ],
  { error: (issue) => expected('an identity whose kind is synthetic or bot', issue.input) },
)

const shop = strict(
  {
    name: id,
    currencies: list(currencyCode, 'currency codes').exactOptional(),
    markets: list(text, 'markets').exactOptional(),
    servedBy: id.describe('Component that serves every route that names none'),
    visitorsPerMinute: visitorsPerMinute.exactOptional(),
  },
  'the shop',
)

/** `headgate.yaml` as its author writes it. Everything here is input; {@link toOperatingModel} gives the domain form. */
export const modelFileSchema = strict(
  {
    apiVersion,
    shop,
    teams: named(team, 'teams'),
    domains: named(domain, 'domains'),
    components: named(component, 'components'),
    routes: named(route, 'route classes').describe('First class with a matching rule wins, in file order'),
    flows: named(flow, 'flows').exactOptional(),
    entities: named(entity, 'entities').exactOptional(),
    integrations: named(integration, 'integrations').exactOptional(),
    runbooks: named(runbook, 'runbooks').exactOptional(),
    metricSources: named(connection, 'metric sources').exactOptional(),
    notifiers: named(connection, 'notifiers').exactOptional(),
    identities: named(identity, 'identities')
      .exactOptional()
      .describe('Whose requests are served like everybody’s and never become evidence'),
  },
  'the operating model',
)

export type ModelFile = z.infer<typeof modelFileSchema>
export type FlowFile = z.infer<typeof flow>
export type DomainFile = z.infer<typeof domain>
export type PathFile = z.infer<typeof path> | null
export type RightFile = z.infer<typeof right>
export type ItemFile = z.infer<typeof item>
export type StepFile = z.infer<typeof step>
