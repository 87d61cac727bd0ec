import { stopModes, type StopMode } from '@headgate/core/model'

/** What can be asked of a gateway through its local socket. */
export type ControlCommand =
  | { readonly kind: 'status' }
  | {
      readonly kind: 'stop'
      readonly release: string
      readonly mode: StopMode
      readonly by: string
      readonly reason: string
    }
  | { readonly kind: 'clear'; readonly release: string }

export const controlUsage = 'stop <release> [hold|eject|evict] [by=<who>] <reason> | clear <release> | status'

/** Mode of a stop that names none: the same as that of a gate that fails outright. */
const defaultMode: StopMode = 'evict'
const defaultBy = 'local-socket'
const releasePattern = /^[A-Za-z0-9_-]{1,100}$/
const maxReason = 500
const maxBy = 200

/** One line of the control socket's protocol; undefined when it is none, with the usage as the answer to give. */
export function parseCommand(line: string): ControlCommand | undefined {
  const [verb, release, ...rest] = line.trim().split(/\s+/)
  if (verb === 'status') return release === undefined ? { kind: 'status' } : undefined
  if (release === undefined || !releasePattern.test(release)) return undefined
  if (verb === 'clear') return rest.length === 0 ? { kind: 'clear', release } : undefined
  return verb === 'stop' ? parseStop(release, rest) : undefined
}

/** The command as its line, without the line end. */
export function formatCommand(command: ControlCommand): string {
  if (command.kind === 'status') return 'status'
  if (command.kind === 'clear') return `clear ${command.release}`
  const by = command.by.replaceAll(/\s+/g, '_')
  return `stop ${command.release} ${command.mode} by=${by} ${command.reason.replaceAll(/\s+/g, ' ').trim()}`
}

function parseStop(release: string, words: readonly string[]): ControlCommand | undefined {
  const rest = [...words]
  const mode = stopModes.find((known) => known === rest[0])
  if (mode !== undefined) rest.shift()
  const by = rest[0]?.startsWith('by=') === true ? rest.shift()?.slice(3) : undefined
  const reason = rest.join(' ')
  // A stop in an emergency needs a reason too: it is what the next person reads. One word is enough.
  if (reason === '' || reason.length > maxReason || (by ?? '').length > maxBy) return undefined
  return {
    kind: 'stop',
    release,
    mode: mode ?? defaultMode,
    by: by === undefined || by === '' ? defaultBy : by,
    reason,
  }
}
