import { startChild, ChildFailure, endingText, type Child, type ChildSpec } from './child.ts'

/** All processes of a lab: they end together, and none may end by itself. */
export interface Family {
  start(spec: ChildSpec): Promise<Child>
  /** Run a process that is meant to end by itself, with exit code 0. */
  runToEnd(spec: ChildSpec): Promise<void>
  /** From now on this child may end without that being a failure. */
  release(child: Child): void
  /** Rejects when a child ends though nobody asked it to. */
  readonly failure: Promise<never>
  /** Ends all, the youngest first. */
  close(): Promise<void>
}

export function createFamily(logFolder: string, signal: AbortSignal): Family {
  const members: Child[] = []
  const expected = new Set<Child>()
  const failed = Promise.withResolvers<never>()
  // Nobody may be listening yet when a child fails.
  failed.promise.catch(() => undefined)
  let isClosing = false
  const watch = async (child: Child): Promise<void> => {
    const ending = await child.ended
    if (isClosing || expected.has(child)) return
    failed.reject(new ChildFailure(`${child.name} ended by itself (${endingText(ending)})`, child.logFile))
  }
  return {
    failure: failed.promise,
    async start(spec) {
      const child = await startChild(spec, logFolder, signal)
      members.push(child)
      void watch(child)
      return child
    },
    async runToEnd(spec) {
      const child = await startChild(spec, logFolder, signal)
      const ending = await child.ended
      if (ending.code !== 0) throw new ChildFailure(`${spec.name} failed (${endingText(ending)})`, child.logFile)
    },
    release: (child) => void expected.add(child),
    async close() {
      isClosing = true
      // One after another: shoppers before the shop, the shop before its database.
      for (const child of members.splice(0).toReversed()) await child.stop()
    },
  }
}
