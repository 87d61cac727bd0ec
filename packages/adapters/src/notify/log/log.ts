import type { Notice, Notifier } from '@headgate/core/ports'
import { z } from 'zod'

export const logOptions = z.strictObject({})

/** Writes one JSON line per notice. */
export function logNotifier(writeLine: (line: string) => void): Notifier<AbortSignal> {
  return {
    async send(notice: Notice, signal) {
      signal.throwIfAborted()
      writeLine(JSON.stringify({ kind: 'notice', ...notice }))
      return await Promise.resolve()
    },
  }
}
