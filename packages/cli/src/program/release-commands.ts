import { neededReasonOption, reasonOption, revisionOption, type CommandSpec, type GroupSpec } from './spec.ts'

const looking: readonly CommandSpec[] = [
  {
    usage: 'list',
    summary: 'list all releases',
    examples: ['release list', 'release list --json'],
    usesServer: true,
    load: async () => (await import('../commands/release/show.ts')).releaseList,
  },
  {
    usage: 'show <release>',
    summary: 'show where a release is, why, and who must act',
    examples: ['release show storefront-next'],
    usesServer: true,
    load: async () => (await import('../commands/release/show.ts')).releaseShow,
  },
  {
    usage: 'watch <release>',
    summary: 'follow a release live; plain lines when output is no terminal',
    details: 'Exit code with --exit-on-end: 0 live, 1 stopped, 3 when --timeout passed undecided.',
    options: [
      { flags: '--exit-on-end', description: 'end when the release is live, stopped or closed' },
      { flags: '--timeout <duration>', description: 'give up after this long, e.g. 30m' },
    ],
    examples: ['release watch storefront-next', 'release watch storefront-next --exit-on-end --timeout 2h'],
    usesServer: true,
    load: async () => (await import('../commands/release/watch.ts')).releaseWatch,
  },
  {
    usage: 'events <release>',
    summary: 'list what happened to a release, oldest first',
    options: [
      { flags: '--after <n>', description: 'only events after this number' },
      { flags: '--limit <n>', description: 'at most this many' },
    ],
    examples: ['release events storefront-next', 'release events storefront-next --after 20 --json'],
    usesServer: true,
    load: async () => (await import('../commands/release/show.ts')).releaseEvents,
  },
  {
    usage: 'verdicts <release>',
    summary: 'list each change of what the gate said, oldest first, and what shadows would have done',
    options: [{ flags: '--limit <n>', description: 'the newest so many (100)' }],
    examples: ['release verdicts storefront-next'],
    usesServer: true,
    load: async () => (await import('../commands/release/verdicts.ts')).releaseVerdicts,
  },
]

const acting: readonly CommandSpec[] = [
  {
    usage: 'start <release>',
    summary: 'begin the first stage',
    options: [neededReasonOption, revisionOption],
    examples: ['release start storefront-next --reason "window agreed with checkout"'],
    usesServer: true,
    load: async () => (await import('../commands/release/acts.ts')).releaseStart,
  },
  {
    usage: 'approve <release>',
    summary: 'say yes to the next raise, on the plan and evidence of now',
    details: 'An approval is void when plan or evidence change, or when it expires.',
    options: [
      neededReasonOption,
      { flags: '--hash <hash>', description: 'the approval hash you looked at; refused when it is no longer current' },
    ],
    examples: ['release approve storefront-next --reason "gate passes, coupons checked"'],
    usesServer: true,
    load: async () => (await import('../commands/release/acts.ts')).releaseApprove,
  },
  {
    usage: 'raise <release>',
    summary: 'raise to the next stage; needs a passing gate and the right',
    options: [neededReasonOption, revisionOption],
    examples: ['release raise storefront-next --reason "quorum reached"'],
    usesServer: true,
    load: async () => (await import('../commands/release/acts.ts')).releaseRaise,
  },
  {
    usage: 'hold <release>',
    summary: 'keep exposure where it is until someone resumes',
    options: [reasonOption, revisionOption],
    examples: ['release hold storefront-next --reason "payment provider is slow"'],
    usesServer: true,
    load: async () => (await import('../commands/release/acts.ts')).releaseHold,
  },
  {
    usage: 'resume <release>',
    summary: 'end a hold',
    options: [neededReasonOption, revisionOption],
    examples: ['release resume storefront-next --reason "provider recovered"'],
    usesServer: true,
    load: async () => (await import('../commands/release/acts.ts')).releaseResume,
  },
  {
    usage: 'stop <release>',
    summary: 'take the candidate away; waits until the gateways confirm',
    details:
      'Modes: hold (no new entrants), eject (only pinned journeys stay), evict (nobody stays). Without --mode: eject.\n' +
      'Needs the stop right in any domain that the release touches. With the control plane down: headgate stop-local.',
    options: [
      reasonOption,
      { flags: '-m, --mode <mode>', description: 'hold, eject or evict' },
      { flags: '--no-wait', description: 'return when the server accepted it' },
      { flags: '--timeout <duration>', description: 'wait at most this long for the gateways (30s)' },
    ],
    examples: [
      'release stop storefront-next',
      'release stop storefront-next --mode evict --reason "coupon orders fail"',
    ],
    usesServer: true,
    load: async () => (await import('../commands/release/stop.ts')).releaseStop,
  },
  {
    usage: 'close <release>',
    summary: 'end a release that is live, stopped or never started',
    options: [neededReasonOption, revisionOption],
    examples: ['release close storefront-next --reason "done"'],
    usesServer: true,
    load: async () => (await import('../commands/release/acts.ts')).releaseClose,
  },
]

export const releaseGroup: GroupSpec = {
  name: 'release',
  summary: 'look at releases and act on them',
  commands: [...looking, ...acting],
}
