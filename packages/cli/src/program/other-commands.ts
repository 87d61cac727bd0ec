import { reasonOption, type CommandSpec, type GroupSpec } from './spec.ts'

export const tokenGroup: GroupSpec = {
  name: 'token',
  summary: 'tokens of people and machines',
  commands: [
    {
      usage: 'create',
      summary: 'create a token; it is shown once, alone on standard output',
      options: [
        { flags: '--for <principal>', description: 'address of the person, or name of the machine; needed' },
        { flags: '--scope <scope>', description: 'admin, act, read, gateway or signals', isRepeatable: true },
        { flags: '--name <name>', description: 'what it is for' },
        { flags: '--expires <duration>', description: 'void after this long, e.g. 90d' },
      ],
      examples: [
        'token create --for checkout-lead@example.com --scope act --scope read',
        'token create --for gateway-1 --scope gateway > gateway.token',
      ],
      usesServer: true,
      load: async () => (await import('../commands/token/token.ts')).tokenCreate,
    },
    {
      usage: 'list',
      summary: 'list tokens, without their secrets',
      examples: ['token list'],
      usesServer: true,
      load: async () => (await import('../commands/token/token.ts')).tokenList,
    },
    {
      usage: 'revoke <token>',
      summary: 'make a token void at once',
      examples: ['token revoke t_4f2a'],
      usesServer: true,
      load: async () => (await import('../commands/token/token.ts')).tokenRevoke,
    },
  ],
}

export const whoGroup: GroupSpec = {
  name: 'who',
  summary: 'who may act, read from the files so that it answers with everything down',
  commands: [
    {
      usage: 'can <right> <target>',
      summary: 'list the people who can use a right in a domain, for a component or for a flow',
      details: 'Rights: stop, hold, resume, raise, override, approve-contract, accept-exception, accept-criterion.',
      options: [{ flags: '--dir <folder>', description: 'folder of headgate.yaml, where it is not the current one' }],
      examples: ['who can stop checkout', 'who can raise storefront-next --dir shop/headgate --json'],
      load: async () => (await import('../commands/who.ts')).whoCan,
    },
  ],
}

export const plainCommands: readonly CommandSpec[] = [
  {
    usage: 'check [folder]',
    summary: 'lint the operating model: what is missing blocks exposure',
    details: 'Exit codes: 0 nothing blocks exposure, 1 a finding does, 2 the files cannot be read as a model.',
    examples: ['check', 'check shop/headgate --json'],
    load: async () => (await import('../commands/check.ts')).check,
  },
  {
    usage: 'plan <release>',
    summary: 'what the gates of a release can see, before anybody is exposed',
    details: `Per stage, criterion and path: the smallest harm that is seen while the stage lasts, how long it takes to stop harm of
each size and how many orders are lost by then, how long a healthy candidate takes to pass, and what would help where that
is too little. Traffic is what the server has recorded; with --dir or --traffic files alone are read, and no server is needed.
Exit codes: 0 the gates see enough, 2 invalid input, 3 a criterion that acts is blind, underpowered or unknown.`,
    options: [
      {
        flags: '--dir <folder>',
        description: 'read the release from this folder, with the traffic that headgate.yaml declares',
      },
      { flags: '--traffic <file>', description: 'YAML with rates that go before the declared ones' },
      { flags: '--recorded', description: 'with files: traffic as the server has recorded it' },
      { flags: '--days <n>', description: 'how far back records count (default 7)' },
      { flags: '--full', description: 'every harm: mean and 95 of 100, silent and with failures, orders and money' },
    ],
    examples: [
      'plan storefront-next',
      'plan storefront-next --days 1 --full',
      'plan storefront-next --dir shop/headgate --traffic black-friday.yaml',
      'plan storefront-next --dir shop/headgate --recorded --json',
    ],
    usesServer: true,
    load: async () => (await import('../commands/plan.ts')).plan,
  },
  {
    usage: 'apply [folder]',
    summary: 'send headgate.yaml and releases/*.yaml to the server',
    examples: ['apply', 'apply shop/headgate'],
    usesServer: true,
    load: async () => (await import('../commands/apply.ts')).apply,
  },
  {
    usage: 'verify <release>',
    summary: 'recompute chain and verdicts from the database alone',
    examples: ['verify storefront-next'],
    usesServer: true,
    load: async () => (await import('../commands/verify.ts')).verify,
  },
  {
    usage: 'gateways',
    summary: 'list gateways and the snapshot each obeys',
    options: [
      { flags: '--forget <gateway>', description: 'nothing waits any more for this one: it was taken out of service' },
    ],
    examples: ['gateways', 'gateways --json', 'gateways --forget gateway-3'],
    usesServer: true,
    load: async () => (await import('../commands/gateways.ts')).gateways,
  },
  {
    usage: 'login',
    summary: 'remember server and token for this person',
    options: [
      { flags: '--token-stdin', description: 'read the token from standard input' },
      {
        flags: '--bootstrap <secret>',
        description: 'become the first administrator with the secret of the first start',
      },
      { flags: '--as <address>', description: 'with --bootstrap: who you are' },
    ],
    examples: [
      'login --server https://headgate.example.com --token-stdin < token.txt',
      'login --bootstrap hgb_4f2a --as platform-lead@example.com',
    ],
    usesServer: true,
    load: async () => (await import('../commands/login.ts')).login,
  },
  {
    usage: 'stop-local <release>',
    summary: 'stop a release at the gateways of this machine, with the control plane down',
    details:
      'Takes effect before anything else happens; the control plane is told when it is back. The socket is printed by the gateway.\n' +
      'Lift it again with --clear, once the control plane has stopped the release as well.',
    options: [
      { flags: '--socket <path>', description: 'control socket (HEADGATE_CONTROL_SOCKET)', isRepeatable: true },
      reasonOption,
      { flags: '-m, --mode <mode>', description: 'hold, eject or evict (evict)' },
      { flags: '--by <who>', description: 'who stops; your login name where absent' },
      { flags: '--clear', description: 'lift a local stop' },
    ],
    examples: [
      'stop-local storefront-next --socket /run/headgate/gateway.sock --reason "coupon orders fail"',
      'stop-local storefront-next --socket /run/headgate/gateway.sock --clear',
    ],
    load: async () => (await import('../commands/stop-local.ts')).stopLocal,
  },
  {
    usage: 'local-status',
    summary: 'what a gateway obeys right now, asked at its local socket',
    options: [
      { flags: '--socket <path>', description: 'control socket (HEADGATE_CONTROL_SOCKET)', isRepeatable: true },
    ],
    examples: ['local-status --socket /run/headgate/gateway.sock'],
    load: async () => (await import('../commands/stop-local.ts')).localStatus,
  },
]
