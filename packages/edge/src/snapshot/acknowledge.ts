import type { Acknowledgement } from '@headgate/protocol/api'
import { createBackoff, describeAnswer, isRefusal, isTaken, sleep, type EdgeLog, type Link } from '../link/index.ts'

/** Tells the control plane which version is in effect, until it heard or a newer version takes its place. */
export interface Acknowledger {
  /** Replaces what was still to be said. */
  acknowledge(acknowledgement: Acknowledgement): void
  /** Resolves when nothing is left to say; ends with the signal. */
  settled(): Promise<void>
}

export interface AcknowledgerOptions {
  readonly link: Link
  readonly log: EdgeLog
  readonly signal: AbortSignal
}

export function createAcknowledger({ link, log, signal }: AcknowledgerOptions): Acknowledger {
  let superseded = new AbortController()
  let saying: Promise<void> = Promise.resolve()
  return {
    acknowledge(acknowledgement) {
      superseded.abort()
      superseded = new AbortController()
      saying = say(acknowledgement, AbortSignal.any([signal, superseded.signal]), { link, log })
    },
    settled: () => saying,
  }
}

/** Ends when it was heard, when repeating cannot help, or when the signal aborts (shutdown or a newer version). */
async function say(
  acknowledgement: Acknowledgement,
  signal: AbortSignal,
  { link, log }: Pick<AcknowledgerOptions, 'link' | 'log'>,
): Promise<void> {
  const backoff = createBackoff({ firstMs: 100, maxMs: 3_000 })
  while (!signal.aborted) {
    const path = '/api/v1/gateway/acknowledgements'
    const answer = await link.request({ method: 'POST', path, body: acknowledgement }, signal)
    if (signal.aborted || isTaken(answer)) return
    const { version } = acknowledgement
    if (isRefusal(answer)) {
      log.error({ version, answer: describeAnswer(answer) }, 'the control plane refused an acknowledgement')
      return
    }
    log.warn({ version, answer: describeAnswer(answer) }, 'an acknowledgement was not heard; trying again')
    await sleep(backoff.next(), signal)
  }
}
