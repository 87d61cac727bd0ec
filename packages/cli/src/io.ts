/** What a command may use of its surroundings. Only main.ts makes one from the process; tests hand in their own. */
export interface Io {
  /** One line for standard output: the result, for people or, with `--json`, for programs. */
  readonly out: (line: string) => void
  /** Resolves when standard output has room again: for those who print without end. */
  readonly drained: () => Promise<void>
  /** One line for standard error: errors, progress, hints. */
  readonly err: (line: string) => void
  /** Answer with JSON: exactly one document, or one per line where a command follows something. */
  readonly json: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The home folder of the person, for the context that `login` writes. */
  readonly home: string
  readonly terminal: Terminal
  /** Aborts when the person interrupts (SIGINT, SIGTERM). */
  readonly signal: AbortSignal
  readonly now: () => number
}

export interface Terminal {
  /** Standard output is a terminal: a live view may redraw. */
  readonly isLive: boolean
  readonly width: () => number
  /** Lines that a live view may fill; undefined where there is no screen. */
  readonly height: () => number | undefined
  readonly hasColour: boolean
  /** The terminal shows more than ASCII. */
  readonly hasUnicode: boolean
  /** Redraws these lines in the place of the last ones. */
  readonly draw: (lines: readonly string[]) => void
  /** Leaves what is drawn where it is and goes on below. */
  readonly keep: () => void
}
