/** How a command ends; the same for every command (docs/reference/errors.md). */
export const exitCodes = {
  /** Done, or a pass. */
  done: 0,
  /** A fail, a stop, or an act that the state does not allow. */
  failed: 1,
  /** Wrong usage or invalid input. */
  invalid: 2,
  /** Inconclusive, underpowered or blind: nothing was decided. */
  undecided: 3,
  /** No right, or no valid token. */
  refused: 4,
  /** Server, database or gateway out of reach. */
  unavailable: 5,
  /** Ended by an interrupt, as shells write it. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
