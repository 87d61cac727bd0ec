import type { EdgeLog, Link, LinkAnswer, LinkRequest } from '../index.ts'

/** A control plane that answers as the test says, and remembers what it was asked. */
export interface ScriptedLink extends Link {
  readonly asked: readonly LinkRequest[]
}

export type Script = (ask: LinkRequest, signal: AbortSignal) => LinkAnswer | Promise<LinkAnswer>

export function scriptedLink(script: Script): ScriptedLink {
  const asked: LinkRequest[] = []
  return {
    asked,
    async request(ask, signal) {
      // As the wire does it: what is sent is what the request was at that moment.
      asked.push(structuredClone(ask))
      return script(ask, signal)
    },
  }
}

export function answered(status: number, body?: unknown): LinkAnswer {
  return { kind: 'answered', status, body }
}

export const unreachable: LinkAnswer = { kind: 'unreachable', reason: 'connection refused' }

/** Waits for the signal: a long poll without news. */
export function never(signal: AbortSignal): Promise<LinkAnswer> {
  return new Promise((resolve) => {
    const end = (): void => resolve(unreachable)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}

export interface RecordedLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

export function recordingLog(): EdgeLog & { readonly lines: readonly RecordedLine[] } {
  const lines: RecordedLine[] = []
  const at =
    (level: RecordedLine['level']) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields, message })
    }
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}
