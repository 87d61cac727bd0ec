/** One session, packed into an integer: streams of millions of them are lists of numbers. */
export interface SessionCode {
  readonly arm: number
  /** Member of the control sample that is as large as the candidate (Kayenta's baseline). */
  readonly isBaseline: boolean
  /** The visitor's first session: a retry or a bot's next session is no unit. */
  readonly isUnit: boolean
  readonly path: number
  readonly startTick: number
  /** The session began in the second of the two 15-second slots that its tick touches. */
  readonly slotOffset: number
}

export const candidateBit = 1
export const baselineBit = 2
export const unitBit = 4
export const failedBit = 8
const pathShift = 4
const offsetShift = 7
const tickShift = 8

export function packSession(code: SessionCode): number {
  return (
    code.arm |
    (code.isBaseline ? baselineBit : 0) |
    (code.isUnit ? unitBit : 0) |
    (code.path << pathShift) |
    (code.slotOffset << offsetShift) |
    (code.startTick << tickShift)
  )
}

export function pathOf(code: number): number {
  return (code >>> pathShift) & 7
}

export function startTickOf(code: number): number {
  return code >>> tickShift
}

/** Index of the 15-second slot in which the session began. */
export function slotOf(code: number): number {
  return Math.floor((startTickOf(code) * 2) / 3) + ((code >>> offsetShift) & 1)
}
