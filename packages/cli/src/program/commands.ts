import { backtestCommand, signalGroup } from './evidence-commands.ts'
import { criterionGroup, incidentGroup } from './incident-commands.ts'
import { plainCommands, tokenGroup, whoGroup } from './other-commands.ts'
import { gatewayCommand, labCommand, serverCommands } from './process-commands.ts'
import { releaseGroup } from './release-commands.ts'
import type { CommandSpec, GroupSpec, OptionSpec } from './spec.ts'

/** Every command and group, in the order of the help. */
export function commandTree(gatewayOptions: readonly OptionSpec[]): readonly (CommandSpec | GroupSpec)[] {
  return [
    labCommand,
    ...serverCommands,
    gatewayCommand(gatewayOptions),
    releaseGroup,
    ...plainCommands,
    backtestCommand,
    signalGroup,
    whoGroup,
    incidentGroup,
    criterionGroup,
    tokenGroup,
  ]
}

/** What every command takes. */
export const commonOptions: readonly OptionSpec[] = [{ flags: '--json', description: 'answer with JSON' }]

/** What a command takes that talks to a control plane. */
export const serverOptions: readonly OptionSpec[] = [
  {
    flags: '--server <url>',
    description: 'control plane (HEADGATE_URL, else that of the login, else http://127.0.0.1:4400)',
  },
  { flags: '--token <token>', description: 'better in HEADGATE_TOKEN or by: headgate login' },
]

/** An example as it is typed. */
export function exampleLine(example: string): string {
  return /^[A-Z_]+=/.test(example) ? example : `headgate ${example}`
}
