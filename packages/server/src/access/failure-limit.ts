/** Counts failures per address in windows of a minute; what it remembers is bounded. */
export interface FailureLimit {
  /** Notes a failure and says whether the address has failed too often lately. */
  isExceededBy(address: string): boolean
}

const windowMs = 60_000
const allowedFailures = 20
const rememberedAddresses = 10_000

export function createFailureLimit(now: () => number): FailureLimit {
  const windows = new Map<string, { readonly since: number; failures: number }>()
  return {
    isExceededBy(address) {
      const at = now()
      let window = windows.get(address)
      // A clock that went backwards opens a new window too.
      if (window === undefined || Math.abs(at - window.since) >= windowMs) {
        window = { since: at, failures: 0 }
        windows.delete(address)
        windows.set(address, window)
        forgetOldest()
      }
      window.failures += 1
      return window.failures > allowedFailures
    },
  }

  function forgetOldest(): void {
    const oldest = windows.size > rememberedAddresses ? windows.keys().next().value : undefined
    if (oldest !== undefined) windows.delete(oldest)
  }
}
