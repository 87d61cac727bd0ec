import type { z } from 'zod'
import { readConfig } from './config.ts'
import { createLogger, type Logger, type LogLevel } from './logger.ts'

/** A running service: what it listens on, and how it ends in an orderly way. */
export interface Running {
  readonly ports: Readonly<Record<string, number>>
  /** More to say in the `ready` line. */
  readonly details?: Readonly<Record<string, unknown>>
  stop(): Promise<void>
  /** Present when the service ends by itself (a run of shoppers); the process then stops with it. */
  readonly finished?: Promise<void>
}

interface CommonConfig {
  readonly logLevel: LogLevel
  readonly withParent: boolean
}

/**
 * The life of one process: read configuration, start, say `ready` on standard output (one JSON line with the ports), stop on
 * SIGTERM, SIGINT, the end of its parent or of its own work. Exit code 0 after an orderly end, 1 when the start or the stop
 * failed, 2 for wrong arguments.
 */
export async function runService<Shape extends z.ZodRawShape>(
  name: string,
  shape: Shape,
  start: (config: z.output<z.ZodObject<Shape>>, logger: Logger) => Promise<Running>,
): Promise<void> {
  const read = readConfig(shape, process.argv.slice(2), process.env)
  if (read.kind === 'text') {
    process.stderr.write(read.text)
    process.exitCode = read.exitCode
    return
  }
  const common: CommonConfig = { logLevel: 'warn', withParent: false, ...read.config }
  const logger = createLogger({ service: name, level: common.logLevel })
  try {
    const running = await start(read.config, logger)
    const ended = untilToldToStop(common.withParent, running.finished)
    process.stdout.write(
      `${JSON.stringify({ ready: name, ports: running.ports, pid: process.pid, ...running.details })}\n`,
    )
    logger.info('stopping', { because: await ended })
    await running.stop()
    process.exit(0)
  } catch (error) {
    logger.error('the service failed', { error })
    process.exit(1)
  }
}

function untilToldToStop(withParent: boolean, finished: Promise<void> | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
    finished?.then(() => resolve('finished'), reject)
    if (!withParent) return
    process.stdin.on('end', () => resolve('parent ended'))
    process.stdin.on('error', () => resolve('parent ended'))
    process.stdin.resume()
  })
}
