import { HeadgateError } from '@headgate/core/model'
import { silenceLimit } from './silence.ts'
import type { Call, Transport } from './transport.ts'

/** A server that sends nothing for this long has gone. */
const silenceMs = 30_000

/** An answer of any length, held one piece at a time. Throws UNAVAILABLE when it breaks off or falls silent. */
export async function* readPieces(transport: Transport, call: Call): AsyncGenerator<Uint8Array, void, undefined> {
  const silence = silenceLimit(silenceMs)
  const signal = call.signal === undefined ? silence.signal : AbortSignal.any([call.signal, silence.signal])
  try {
    const response = await transport.send({ ...call, signal, timeoutMs: 0 }, '*/*')
    if (response.body === null) return
    for await (const piece of response.body) {
      silence.heard()
      yield piece
    }
  } catch (cause) {
    if (call.signal?.aborted === true || cause instanceof HeadgateError) throw cause
    throw new HeadgateError('UNAVAILABLE', `The answer to ${call.path} broke off; ask again.`, { cause })
  } finally {
    silence.end()
  }
}
