import { streamSSE } from 'hono/streaming'
import type { ApiContext } from './api.ts'

export interface ServerEvent {
  readonly event: string
  /** Sent as JSON. */
  readonly data: unknown
  readonly id?: string
}

const heartbeatMs = 15_000

/**
 * Answers with server-sent events. `write` resolves when the caller's connection has room, so that a slow reader slows the
 * producer and not the memory. Ends when `produce` returns or `signal` aborts (caller gone, server closing); while nothing
 * happens, comments keep proxies from cutting the line.
 */
export function eventStream(
  context: ApiContext,
  signal: AbortSignal,
  produce: (write: (event: ServerEvent) => Promise<void>, signal: AbortSignal) => Promise<void>,
): Response {
  return streamSSE(context, async (stream) => {
    const ended = new AbortController()
    const until = AbortSignal.any([signal, ended.signal])
    stream.onAbort(() => ended.abort())
    const heartbeat = setInterval(() => {
      stream.write(': still here\n\n').catch(() => ended.abort())
    }, heartbeatMs)
    const write = async (event: ServerEvent): Promise<void> => {
      const { id } = event
      await stream.writeSSE({ event: event.event, data: JSON.stringify(event.data), ...(id !== undefined && { id }) })
    }
    try {
      await produce(write, until)
    } finally {
      clearInterval(heartbeat)
    }
  })
}
