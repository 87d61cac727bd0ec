import type { Command as Run } from '../host.ts'

/** One command as people meet it. The table of these is all that `--help` reads; `load` brings in the rest when it runs. */
export interface CommandSpec {
  /** Name and arguments as commander writes them: `stop <release>`. */
  readonly usage: string
  readonly summary: string
  /** More than the summary, where a newcomer needs it. */
  readonly details?: string
  readonly options?: readonly OptionSpec[]
  /** Lines without the leading `headgate`. */
  readonly examples: readonly string[]
  /** Talks to a control plane: takes --server and --token. */
  readonly usesServer?: boolean
  readonly load: () => Promise<Run>
}

export interface OptionSpec {
  readonly flags: string
  readonly description: string
  /** May be given several times. */
  readonly isRepeatable?: boolean
}

export interface GroupSpec {
  readonly name: string
  readonly summary: string
  readonly commands: readonly CommandSpec[]
}

export const reasonOption: OptionSpec = { flags: '-r, --reason <text>', description: 'why; kept in the record' }
/** Of acts that raise risk: without a reason they are refused. A stop and a hold never are (SPEC R2). */
export const neededReasonOption: OptionSpec = {
  flags: '-r, --reason <text>',
  description: 'why; needed, and kept in the record',
}
export const revisionOption: OptionSpec = {
  flags: '--revision <n>',
  description: 'act only if the release is still at this revision',
}
