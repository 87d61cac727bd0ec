import { HeadgateError } from '@headgate/core/model'
import { releaseView, type ReleaseView } from '@headgate/protocol/api'
import { createParser } from 'eventsource-parser'
import { silenceLimit } from './silence.ts'
import { backoffMs, parseAnswer, parseJson, pauseFor, type Pause, type Transport } from './transport.ts'

/** What a watch yields: a new view, or that the link is down and when it tries again. */
export type WatchEvent =
  | { readonly kind: 'view'; readonly view: ReleaseView }
  | { readonly kind: 'lost'; readonly reason: string; readonly retryInMs: number }

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined
  /** A stream silent for this long counts as lost; servers send a comment or a view more often than that. */
  readonly silenceMs?: number | undefined
  readonly pause?: Pause | undefined
}

/** Ways a server says no for good: trying again would not change its mind. */
const finalCodes = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'INVALID_INPUT'])
const defaultSilenceMs = 30_000

/**
 * Follow one release over server-sent events. Reconnects with backoff for as long as the caller listens; ends when
 * `signal` aborts, and throws a `HeadgateError` when the server refuses (no such release, no right).
 */
export async function* watchRelease(
  transport: Transport,
  path: string,
  options: WatchOptions = {},
): AsyncGenerator<WatchEvent, void, undefined> {
  const pause = options.pause ?? pauseFor
  let failures = 0
  for (;;) {
    // Ends: by the caller's signal, by its leaving the loop, or by a final no of the server.
    if (isAborted(options)) return
    let reason = 'the server closed the stream'
    try {
      for await (const view of readStream(transport, path, options)) {
        failures = 0
        yield { kind: 'view', view }
      }
    } catch (error) {
      if (isAborted(options)) return
      if (error instanceof HeadgateError && finalCodes.has(error.code)) throw error
      reason = error instanceof Error ? error.message : String(error)
    }
    failures += 1
    const retryInMs = backoffMs(failures)
    yield { kind: 'lost', reason, retryInMs }
    if (!(await waited(pause, retryInMs, options.signal))) return
  }
}

function isAborted({ signal }: WatchOptions): boolean {
  return signal?.aborted === true
}

/** False when the wait was ended by the caller's signal. */
async function waited(pause: Pause, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await pause(ms, signal)
    return true
  } catch {
    return false
  }
}

async function* readStream(
  transport: Transport,
  path: string,
  options: WatchOptions,
): AsyncGenerator<ReleaseView, void, undefined> {
  const silence = silenceLimit(options.silenceMs ?? defaultSilenceMs)
  const signals = options.signal === undefined ? [silence.signal] : [options.signal, silence.signal]
  const signal = AbortSignal.any(signals)
  try {
    const response = await transport.send({ method: 'GET', path, signal, timeoutMs: 0 }, 'text/event-stream')
    const views: ReleaseView[] = []
    const parser = createParser({
      onEvent: (event) => {
        if (event.event === 'release') views.push(parseAnswer(parseJson(event.data), releaseView, path))
      },
    })
    for await (const text of chunksOf(response)) {
      silence.heard()
      parser.feed(text)
      yield* views.splice(0)
    }
  } finally {
    silence.end()
  }
}

async function* chunksOf(response: Response): AsyncGenerator<string, void, undefined> {
  if (response.body === null) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value
  } finally {
    // A listener that stops early must not leave the connection open.
    await reader.cancel().catch(() => undefined)
  }
}
