/** How a command ends; the same for every command (docs/reference/cli.md; which error ends with which: errors.md). */
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

/** What each exit code says, for help and docs. */
export const exitCodeTexts: Readonly<Record<ExitCode, string>> = {
  0: 'done or pass',
  1: 'fail or stop',
  2: 'usage or invalid input',
  3: 'inconclusive or blind',
  4: 'refused',
  5: 'unavailable',
  130: 'interrupted',
}
