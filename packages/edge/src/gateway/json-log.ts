import type { Writable } from 'node:stream'
import type { EdgeLog } from '../link/index.ts'

/** One line of JSON per entry; for processes that bring no logger of their own. */
export function jsonLog(out: Writable): EdgeLog {
  const write = (level: string, fields: object, message: string): void => {
    out.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg: message, ...fields })}\n`)
  }
  return {
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
  }
}
