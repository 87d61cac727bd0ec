import { HeadgateError } from '@headgate/core/model'
import type { VerificationView } from '@headgate/protocol/api'

export type Broken = NonNullable<VerificationView['broken']>

/** Ends a verification at the first place where the record disagrees with itself. */
export class BrokenRecord extends Error {
  readonly broken: Broken
  constructor(what: Broken['what'], seq: number, reason: string) {
    super(reason)
    this.broken = { what, seq, reason }
  }
}

/** What cannot be read any more is broken, whatever the reader calls it; only that there is no such release is not. */
export async function asBroken<T>(what: Broken['what'], seq: number, read: () => Promise<T> | T): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof BrokenRecord || (error instanceof HeadgateError && error.code === 'NOT_FOUND')) throw error
    throw new BrokenRecord(what, seq, `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
