import type { FaultName, FaultSet } from './faults.ts'

/** The services that a fault is set on: for `blind` both systems that report outcomes. */
export const faultHosts = {
  'coupon-silent': ['next'],
  'api-errors': ['commerce'],
  latency: ['next'],
  'price-mismatch': ['next'],
  blind: ['legacy', 'commerce'],
} as const satisfies Record<FaultName, readonly FaultHost[]>

export type FaultHost = 'legacy' | 'next' | 'commerce'

const timeoutMs = 5_000

/**
 * Put these faults into effect, and no others, on every service that has them; `{}` heals everything. `internalUrls` are the internal
 * addresses, e.g. `http://127.0.0.1:4512`. Throws when a service refuses or does not answer.
 */
export async function setFaults(internalUrls: Readonly<Record<FaultHost, string>>, faults: FaultSet): Promise<void> {
  for (const host of ['legacy', 'next', 'commerce'] as const) {
    const theirs = Object.entries(faults).filter(([name]) => isHostOf(name, host))
    const response = await fetch(`${internalUrls[host]}/_faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(theirs)),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${host} refused the faults: ${text}`)
  }
}

function isHostOf(fault: string, host: FaultHost): boolean {
  return Object.entries(faultHosts).some(([name, hosts]) => name === fault && hosts.some((known) => known === host))
}
