const levels = ['debug', 'info', 'warn', 'error'] as const
export const logLevels = [...levels, 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

type Fields = Readonly<Record<string, unknown>>
type Write = (message: string, fields?: Fields) => void

export type Logger = Readonly<Record<(typeof levels)[number], Write>>

interface LoggerOptions {
  readonly service: string
  readonly level: LogLevel
  /** Where lines go; standard error where absent, so that standard output stays for the `ready` line. */
  readonly write?: (line: string) => void
}

/** One JSON object a line: time, level, service, message and the fields handed in. */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => process.stderr.write(line))
  const floor = logLevels.indexOf(options.level)
  const at = (level: (typeof levels)[number]): Write => {
    if (levels.indexOf(level) < floor) return () => undefined
    return (message, fields = {}) => {
      const entry = { time: new Date().toISOString(), level, service: options.service, message, ...fields }
      write(`${JSON.stringify(entry, errorsAsText)}\n`)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value
}
