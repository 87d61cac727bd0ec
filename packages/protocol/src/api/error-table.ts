import type { ErrorCode } from '@headgate/core/model'

/**
 * What each error code is on the wire and at the command line (docs/reference/errors.md). Exit codes: 1 fail, 2 usage or
 * invalid input, 4 refused, 5 unavailable.
 */
export const errorTable: Readonly<Record<ErrorCode, { readonly status: number; readonly exitCode: 1 | 2 | 4 | 5 }>> = {
  INVALID_INPUT: { status: 400, exitCode: 2 },
  INVALID_MODEL: { status: 422, exitCode: 2 },
  UNAUTHENTICATED: { status: 401, exitCode: 4 },
  FORBIDDEN: { status: 403, exitCode: 4 },
  NOT_FOUND: { status: 404, exitCode: 2 },
  CONFLICT: { status: 409, exitCode: 1 },
  STALE_REVISION: { status: 409, exitCode: 1 },
  ILLEGAL_TRANSITION: { status: 409, exitCode: 1 },
  TOO_LARGE: { status: 413, exitCode: 2 },
  RATE_LIMITED: { status: 429, exitCode: 5 },
  SNAPSHOT_REFUSED: { status: 422, exitCode: 1 },
  UNAVAILABLE: { status: 503, exitCode: 5 },
  INTERNAL: { status: 500, exitCode: 1 },
}
