import type { Host } from '../host.ts'
import { flag, type Input } from '../input.ts'

/**
 * Waits until the process is told to end: by a signal, or with `--with-parent` by its standard input closing, which
 * happens however the parent ends.
 */
export async function untilEnded(input: Input, { io, readInput }: Host): Promise<string> {
  const causes = [aborted(io.signal)]
  if (flag(input, 'withParent')) causes.push(closed(readInput()))
  return await Promise.race(causes)
}

async function aborted(signal: AbortSignal): Promise<string> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
  return 'a signal'
}

async function closed(input: AsyncIterable<unknown>): Promise<string> {
  const chunks = input[Symbol.asyncIterator]()
  try {
    // What is written there says nothing; only its end does.
    for (let next = await chunks.next(); next.done !== true;) next = await chunks.next()
  } catch {
    // A broken pipe ends it as well.
  }
  return 'the end of its parent'
}
