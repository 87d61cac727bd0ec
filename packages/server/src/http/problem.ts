import { HeadgateError, type ErrorCode } from '@headgate/core/model'
import { errorTable, type ProblemDetails } from '@headgate/protocol/api'
import { HTTPException } from 'hono/http-exception'
import { ZodError } from 'zod'
import { isInvalidValue, isUnavailable } from '../db/index.ts'

const titles: Readonly<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'The request is not valid',
  INVALID_MODEL: 'The operating model is not valid',
  UNAUTHENTICATED: 'Who asks is not known',
  FORBIDDEN: 'The right is missing',
  NOT_FOUND: 'There is no such thing',
  CONFLICT: 'The request conflicts with what is there',
  STALE_REVISION: 'The release has moved on',
  ILLEGAL_TRANSITION: 'The release cannot do that now',
  TOO_LARGE: 'The request is too large',
  RATE_LIMITED: 'Too many requests',
  SNAPSHOT_REFUSED: 'The snapshot was refused',
  UNAVAILABLE: 'Not available for now',
  INTERNAL: 'Something is broken in Headgate',
}

/** Whatever was thrown, as an error of the closed list; what nobody foresaw is `INTERNAL` and keeps its cause for the log. */
export function toHeadgateError(error: unknown): HeadgateError {
  if (error instanceof HeadgateError) return error
  if (error instanceof ZodError) return invalidInput('The request is not valid', error)
  if (isUnavailable(error)) {
    return new HeadgateError('UNAVAILABLE', 'The database does not answer; try again in a moment', { cause: error })
  }
  if (isInvalidValue(error)) {
    return new HeadgateError('INVALID_INPUT', 'A value has characters or a size that cannot be stored', {
      cause: error,
    })
  }
  if (error instanceof HTTPException && error.status < 500) {
    return new HeadgateError(error.status === 413 ? 'TOO_LARGE' : 'INVALID_INPUT', error.message, { cause: error })
  }
  return new HeadgateError('INTERNAL', 'Headgate failed to do this; its log has the cause', { cause: error })
}

/** A schema's complaints as problems at their places. */
export function invalidInput(message: string, error: ZodError): HeadgateError {
  const problems = error.issues.slice(0, 20).map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  return new HeadgateError('INVALID_INPUT', message, { problems, cause: error })
}

/** RFC 9457 problem details. */
export function problemResponse(error: HeadgateError): Response {
  const { status } = errorTable[error.code]
  const body: ProblemDetails = {
    type: `https://headgate.dev/errors#${error.code}`,
    title: titles[error.code],
    status,
    detail: error.message,
    code: error.code,
    ...(error.problems.length > 0 && { problems: [...error.problems] }),
  }
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (status === 401) headers.set('www-authenticate', 'Bearer')
  if (status === 429) headers.set('retry-after', '30')
  if (status === 503) headers.set('retry-after', '1')
  // What is left of a refused body must not be taken for the next request.
  if (status === 413) headers.set('connection', 'close')
  return new Response(JSON.stringify(body), { status, headers })
}
