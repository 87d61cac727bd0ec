import type { Logger } from './logger.ts'

/**
 * Run a task again and again, `everyMs` after the end of the run before. A failure does not end it; it is logged when it begins and when
 * it is over, not each time. `stop` ends it, after the run under way.
 */
export function repeat(task: () => Promise<unknown>, everyMs: number, logger: Logger): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  let failures = 0
  async function run(): Promise<void> {
    try {
      await task()
      if (failures > 0) logger.warn('a background task works again', { failures })
      failures = 0
    } catch (error) {
      failures += 1
      if (failures === 1) logger.warn('a background task failed and will run again', { error })
    }
    if (!stopped) schedule()
  }
  function schedule(): void {
    timer = setTimeout(() => {
      running = run()
    }, everyMs)
  }
  schedule()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return running
    },
  }
}
