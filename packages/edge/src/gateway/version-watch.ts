/** Lets others wait until a version of the snapshot, or a newer one, is in effect. */
export interface VersionWatch {
  reached(version: number): void
  /** Rejects with the signal's reason when it aborts first. */
  wait(version: number, signal?: AbortSignal): Promise<void>
}

export function createVersionWatch(): VersionWatch {
  const waiting = new Set<{ readonly version: number; readonly resolve: () => void }>()
  let current = 0
  return {
    reached(version) {
      current = Math.max(current, version)
      for (const waiter of waiting) if (waiter.version <= current) waiter.resolve()
    },
    async wait(version, signal) {
      signal?.throwIfAborted()
      if (current >= version) return
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const waiter = { version, resolve }
      const abort = (): void => reject(signal?.reason)
      waiting.add(waiter)
      signal?.addEventListener('abort', abort)
      try {
        await promise
      } finally {
        waiting.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
    },
  }
}
