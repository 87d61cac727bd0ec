import { neededReasonOption, type GroupSpec, type OptionSpec } from './spec.ts'

const windowOptions: readonly OptionSpec[] = [
  { flags: '--from <time>', description: 'when the harm began, e.g. 2026-05-04T14:03:09Z' },
  { flags: '--until <time>', description: 'when it was over' },
]

export const incidentGroup: GroupSpec = {
  name: 'incident',
  summary: 'what a stop left behind: harm, timeline, cost',
  commands: [
    {
      usage: 'list',
      summary: 'list incidents, newest first',
      options: [{ flags: '--release <release>', description: 'only those of one release' }],
      examples: ['incident list', 'incident list --release storefront-next --json'],
      usesServer: true,
      load: async () => (await import('../commands/incident/incident.ts')).incidentList,
    },
    {
      usage: 'show <incident>',
      summary: 'show what happened, where, since when and what it cost',
      examples: ['incident show storefront-next-1'],
      usesServer: true,
      load: async () => (await import('../commands/incident/incident.ts')).incidentShow,
    },
    {
      usage: 'open <incident>',
      summary: 'take the draft of an incident on: somebody works on it',
      options: [neededReasonOption],
      examples: ['incident open storefront-next-1 --reason "coupon service looks at it"'],
      usesServer: true,
      load: async () => (await import('../commands/incident/incident.ts')).incidentOpen,
    },
    {
      usage: 'report <release>',
      summary: 'write down harm that no gate saw; nothing on its flows rises until it is closed',
      options: [...windowOptions, neededReasonOption],
      examples: [
        'incident report storefront-next --from 2026-05-04T14:00:00Z --until 2026-05-04T14:25:00Z --reason "gift cards were refused"',
      ],
      usesServer: true,
      load: async () => (await import('../commands/incident/lessons.ts')).incidentReport,
    },
    {
      usage: 'propose [incident]',
      summary: 'search the criterion that would have stopped it first, and show what it would have saved',
      details:
        'Replays the recorded evidence with every candidate: completions per flow and path, errors and latency per route class. One that fires\n' +
        'on good evidence is never proposed. Changes nothing. Exit codes: 0 a criterion would have stopped earlier, 3 none would.',
      options: [
        { flags: '--release <release>', description: 'harm between two moments of a release' },
        ...windowOptions,
      ],
      examples: [
        'incident propose storefront-next-1',
        'incident propose storefront-next-1 --json',
        'incident propose --release storefront-next --from 2026-05-04T14:00:00Z --until 2026-05-04T14:25:00Z',
      ],
      usesServer: true,
      load: async () => (await import('../commands/incident/lessons.ts')).incidentPropose,
    },
    {
      usage: 'accept <incident>',
      summary: 'accept the criterion that it taught: every later stage inherits it',
      details:
        'Takes the right accept-criterion in the domain of its flow, which is the owner team of the domain where no rule says else.\n' +
        'A release that is ramping inherits it too: what it passed before must pass again.',
      options: [
        { flags: '--criterion <key>', description: 'as incident propose writes it; needed' },
        neededReasonOption,
      ],
      examples: [
        'incident accept storefront-next-1 --criterion completion:purchase/coupon@30% --reason "coupons are checked by nobody else"',
      ],
      usesServer: true,
      load: async () => (await import('../commands/incident/lessons.ts')).incidentAccept,
    },
    {
      usage: 'waive <incident>',
      summary: 'decide that it teaches no criterion',
      options: [neededReasonOption],
      examples: ['incident waive storefront-next-1 --reason "a drill"'],
      usesServer: true,
      load: async () => (await import('../commands/incident/lessons.ts')).incidentWaive,
    },
    {
      usage: 'close <incident>',
      summary: 'the harm is over: let releases on its flow rise again',
      options: [neededReasonOption],
      examples: ['incident close storefront-next-1 --reason "coupon service fixed and replayed"'],
      usesServer: true,
      load: async () => (await import('../commands/incident/incident.ts')).incidentClose,
    },
  ],
}

export const criterionGroup: GroupSpec = {
  name: 'criterion',
  summary: 'what incidents taught: criteria that gates inherit',
  commands: [
    {
      usage: 'list',
      summary: 'list inherited criteria, with the releases that they judge',
      examples: ['criterion list', 'criterion list --json'],
      usesServer: true,
      load: async () => (await import('../commands/incident/lessons.ts')).criterionList,
    },
    {
      usage: 'retire <criterion>',
      summary: 'no stage inherits it any more',
      details: 'Takes the right accept-criterion in the domain that accepted it.',
      options: [neededReasonOption],
      examples: ['criterion retire lesson-storefront-next-1 --reason "the coupon service is gone"'],
      usesServer: true,
      load: async () => (await import('../commands/incident/lessons.ts')).criterionRetire,
    },
  ],
}
