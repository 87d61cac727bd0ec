import type { ServerResponse } from 'node:http'

/** A request that goes nowhere: answered by the gateway itself, or a connection that is closed. */
export interface Refusal {
  readonly status: number
  /** A closed word for counters and logs. */
  readonly cause: RefusalCause
  /** A sentence for whoever reads the response. */
  readonly detail: string
}

export const refusalCauses = [
  'malformed',
  'target',
  'authority',
  'framing',
  'method',
  'too-large',
  'too-slow',
  'expectation',
  'condition',
  'not-ready',
  'overloaded',
  'no-upstream',
  'upstream-failed',
  'upstream-timeout',
  'internal',
] as const
export type RefusalCause = (typeof refusalCauses)[number]

/** Answers with plain text that no cache may keep. `close` gives the connection up, for requests whose framing is in doubt. */
export function answerRefusal(response: ServerResponse, refusal: Refusal, close: boolean): void {
  const body = `${refusal.status} ${refusal.detail}\n`
  const headers: Record<string, string | number> = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  }
  if (refusal.status === 503) headers['retry-after'] = 1
  if (refusal.status === 405) headers['allow'] = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
  if (close) headers['connection'] = 'close'
  response.writeHead(refusal.status, headers)
  response.end(body)
}
