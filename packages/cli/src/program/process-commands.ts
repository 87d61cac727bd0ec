import type { CommandSpec, OptionSpec } from './spec.ts'

const withParent: OptionSpec = {
  flags: '--with-parent',
  description: 'end when standard input closes, so as not to outlive the program that started this one',
}

const storeOptions: readonly OptionSpec[] = [
  { flags: '--data-dir <folder>', description: 'embedded database and keys (HEADGATE_DATA, .headgate)' },
  { flags: '--database-url <url>', description: 'a PostgreSQL of your own (DATABASE_URL)' },
]

/** `options` are what the edge package says a gateway understands. */
export function gatewayCommand(options: readonly OptionSpec[]): CommandSpec {
  return {
    usage: 'gateway',
    summary: 'run the data plane, in front of control and candidate',
    details:
      'Obeys the signed snapshots of the control plane and serves on without it. Its local socket stops a release with\n' +
      'everything else down: headgate stop-local. Every setting is also an environment variable: docs/reference/gateway.md.',
    options: [...options, withParent],
    examples: [
      'gateway --server https://headgate.example.com --token-file gateway.token --listen 0.0.0.0:8080',
      'HEADGATE_TOKEN=... headgate gateway --id gateway-1 --control-socket /run/headgate/gateway.sock',
    ],
    load: async () => (await import('../commands/gateway.ts')).gateway,
  }
}

export const labCommand: CommandSpec = {
  usage: 'lab',
  summary: 'start everything with the demonstration shop, and watch a release stop itself',
  details:
    'Real processes on loopback, with their own PostgreSQL in a temporary folder. Without --exit the shop stays open after the\n' +
    'scenario until interrupted. Exit codes with --exit: 0 it went as described, 1 it did not, 5 it could not be started.',
  options: [
    { flags: '-s, --scenario <name>', description: 'what happens (checkout-edge); see --list' },
    { flags: '--list', description: 'list the scenarios' },
    { flags: '--exit', description: 'end with the scenario, and print a report' },
    { flags: '--duration <duration>', description: 'longest time for the scenario, e.g. 4m' },
    { flags: '--seed <n>', description: 'seed of the shop and its shoppers (7)' },
    { flags: '--gateways <n>', description: 'gateways in front of the shop (2)' },
    { flags: '--keep', description: 'keep logs, data and model' },
    { flags: '--folder <folder>', description: 'where they are' },
  ],
  examples: ['lab', 'lab --list', 'lab --scenario blind --exit', 'lab --scenario healthy --exit --json --seed 3'],
  load: async () => (await import('../commands/lab.ts')).lab,
}

export const serverCommands: readonly CommandSpec[] = [
  {
    usage: 'serve',
    summary: 'run the control plane: API, ticks and outbox',
    details:
      'Starts its own PostgreSQL in the data folder unless DATABASE_URL names one. The first start prints a one-time secret.\n' +
      'Every setting is also an environment variable: docs/reference/configuration.md.',
    options: [
      { flags: '--port <n>', description: 'port of the API (HEADGATE_PORT, 4400)' },
      { flags: '--host <address>', description: 'address to listen on (HEADGATE_HOST, 127.0.0.1)' },
      { flags: '--admin-port <n>', description: 'loopback port with health and metrics without a token' },
      { flags: '--public-url <url>', description: 'where people reach this server' },
      { flags: '--model-dir <folder>', description: 'folder of headgate.yaml, applied at start' },
      ...storeOptions,
      { flags: '--no-work', description: 'leave ticks and outbox to: headgate work' },
      withParent,
    ],
    examples: [
      'serve',
      'serve --port 8080 --data-dir /var/lib/headgate',
      'DATABASE_URL=postgres://db/headgate headgate serve',
    ],
    load: async () => (await import('../commands/serve.ts')).serve,
  },
  {
    usage: 'work',
    summary: 'run ticks and outbox only; any number side by side',
    options: [
      { flags: '--admin-port <n>', description: 'loopback port with health and metrics without a token' },
      ...storeOptions,
      withParent,
    ],
    examples: ['work --database-url postgres://db/headgate'],
    load: async () => (await import('../commands/serve.ts')).work,
  },
]
