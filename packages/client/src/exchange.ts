import { createTransport, readJson, readText, type Call, type Schema, type TransportOptions } from './transport.ts'
import { readPieces } from './pieces.ts'
import { watchRelease, type WatchEvent, type WatchOptions } from './watch.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
}

/** Calls and their parsed answers: what each resource of the API is written with. */
export interface Exchange {
  json<T>(call: Call, schema: Schema<T>): Promise<T>
  /** undefined when the answer has no content. */
  jsonIfAny<T>(call: Call, schema: Schema<T>): Promise<T | undefined>
  text(call: Call): Promise<string>
  nothing(call: Call): Promise<void>
  /** The answer as it comes; throws UNAVAILABLE when it breaks off. */
  pieces(call: Call): AsyncGenerator<Uint8Array, void, undefined>
  watch(path: string, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>
}

export function createExchange(options: TransportOptions): Exchange {
  const transport = createTransport(options)
  const watchTransport = createTransport({ ...options, retries: 0 })
  return {
    json: async (call, schema) => await readJson(await transport.send(call), schema),
    async jsonIfAny(call, schema) {
      const response = await transport.send(call)
      return response.status === 204 ? undefined : await readJson(response, schema)
    },
    text: async (call) => await readText(await transport.send(call, '*/*')),
    nothing: async (call) => {
      const response = await transport.send(call, '*/*')
      await response.body?.cancel()
    },
    pieces: (call) => readPieces(transport, call),
    watch: (path, watch) => watchRelease(watchTransport, path, { pause: options.pause, ...watch }),
  }
}

/** For documents that this client does not look into. */
export const anyJson: Schema<unknown> = { safeParse: (data) => ({ success: true, data }) }

export function get(path: string, options: CallOptions = {}): Call {
  return { method: 'GET', path, ...options }
}

export function post(path: string, body: unknown, options: CallOptions = {}): Call {
  return { method: 'POST', path, body, ...options }
}
