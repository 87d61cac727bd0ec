import type { CommandSpec, GroupSpec } from './spec.ts'

export const backtestCommand: CommandSpec = {
  usage: 'backtest',
  summary: 'run gates over recorded evidence: when each would have stopped, when it would have passed',
  details:
    'A gate file holds `criteria`, as a gate of a release does, and is judged in every recorded stage; a release file is judged stage by\n' +
    'stage. Several gates are compared. Nothing but the evidence is needed; --dir takes the model from its own files instead.\n' +
    'Exit codes: 0 no gate would have stopped the release and all pass at the end, 1 one would have stopped it, 2 a file is unreadable or\n' +
    'does not fit, 3 none would have stopped it and one does not pass at the end.',
  options: [
    { flags: '--gate <file>', description: 'gate or release file; several are compared', isRepeatable: true },
    { flags: '--evidence <file>', description: 'recording, as headgate signal export writes it; .gz is unpacked' },
    {
      flags: '--stage <stage>',
      description: 'of a release file take the exit gate of this stage, for the whole recording',
    },
    {
      flags: '--margin <share>',
      description: 'instead of the margins of the gate; several are compared',
      isRepeatable: true,
    },
    { flags: '--false-stop <share>', description: 'instead of the false-stop budget of the gate' },
    {
      flags: '--dir <folder>',
      description: 'folder of headgate.yaml, instead of what the recording says of the model',
    },
    { flags: '--format <format>', description: 'evidence or asos-checkpoints; told apart by the first line' },
    { flags: '--every', description: 'the verdict of every tick, not of changes only' },
  ],
  examples: [
    'backtest --gate gates/checkout.yaml --evidence next.jsonl.gz',
    'backtest --gate gates/checkout.yaml --margin 2% --margin 5% --evidence next.jsonl.gz',
    'backtest --gate releases/next.yaml --stage half --dir shop/headgate --evidence next.jsonl.gz --json',
  ],
  load: async () => (await import('../commands/backtest/backtest.ts')).backtest,
}

export const signalGroup: GroupSpec = {
  name: 'signal',
  summary: 'what was measured',
  commands: [
    {
      usage: 'export <release>',
      summary: 'write the recorded evidence of a release, for headgate backtest',
      options: [
        { flags: '--from <instant>', description: 'only from here on, e.g. 2026-05-04T14:03Z' },
        { flags: '--until <instant>', description: 'only until here' },
        { flags: '--out <file>', description: 'file instead of standard output; packed where it ends in .gz' },
      ],
      examples: [
        'signal export storefront-next --out next.jsonl.gz',
        'signal export storefront-next --from 2026-05-04T14:00Z',
      ],
      usesServer: true,
      load: async () => (await import('../commands/signal/signal.ts')).signalExport,
    },
  ],
}
