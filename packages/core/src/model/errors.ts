/** Every error a caller can receive. Each code has a section in docs/reference/errors.md (a test checks both directions). */
export const errorCodes = [
  'INVALID_INPUT',
  'INVALID_MODEL',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'STALE_REVISION',
  'ILLEGAL_TRANSITION',
  'TOO_LARGE',
  'RATE_LIMITED',
  'SNAPSHOT_REFUSED',
  'UNAVAILABLE',
  'INTERNAL',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** One problem at one place of the input: a JSON pointer or a dotted path, and for files line and column (1-based). */
export interface Problem {
  readonly path: string
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** The one exception type of Headgate: a caller's mistake or a broken world. `message` names the thing and the next step. */
export class HeadgateError extends Error {
  override readonly name = 'HeadgateError'
  readonly code: ErrorCode
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { problems?: readonly Problem[] } = {}) {
    super(message, options)
    this.code = code
    this.problems = options.problems ?? []
  }
}
