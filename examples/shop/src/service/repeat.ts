import type { Logger } from './logger.ts'

/** Run a task again and again, `everyMs` after the end of the run before. A failure is logged and does not end it; `stop` does. */
export function repeat(task: () => Promise<unknown>, everyMs: number, logger: Logger): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  async function run(): Promise<void> {
    try {
      await task()
    } catch (error) {
      logger.warn('a background task failed and will run again', { error })
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
