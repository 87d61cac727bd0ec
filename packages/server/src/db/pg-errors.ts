import { HeadgateError } from '@headgate/core/model'
import { DatabaseError } from 'pg'

/** Another transaction won; the same work may succeed now. */
export function isRetryable(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === '40001' || error.code === '40P01')
}

/** A row with this key exists already. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof DatabaseError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  )
}

/** Text with a NUL, a number or instant beyond what the column holds: what no schema foresaw in a caller's value. */
export function isInvalidValue(error: unknown): boolean {
  return error instanceof DatabaseError && ['22021', '22P05', '22003', '22007', '22008'].includes(error.code ?? '')
}

/** Classes 08 (connection), 53 (resources), 57 (shutdown, cancel) and 55P03 (lock not available in time). */
const unavailableCodes = /^(08|53|57)|^55P03$/
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])
/** What node-postgres says without a code. */
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|timeout expired)/

/** Whether the database could not answer for now: gone, restarting, out of connections or too slow. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof HeadgateError) return error.code === 'UNAVAILABLE'
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof DatabaseError) return unavailableCodes.test(code)
  return networkCodes.has(code) || driverMessages.test(error.message)
}
