import type { IncidentView, ReleaseEventView, ReleaseView } from '@headgate/protocol/api'

/** What the lab may use of its surroundings; the command line hands it in. */
export interface LabIo {
  /** One line for standard output. */
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  /** One JSON document at the end instead of text. */
  readonly json: boolean
  /** Standard output is a terminal that can be redrawn. */
  readonly isLive: boolean
  readonly draw: (lines: readonly string[]) => void
  /** Leaves what is drawn where it is and goes on below. */
  readonly keep: () => void
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal
  readonly now: () => number
  /** File of the `headgate` program, whose commands the lab runs. */
  readonly program: string
  readonly views: LabViews
}

/** How the command line shows things; the lab shows them the same way. */
export interface LabViews {
  screen(
    view: ReleaseView,
    state: {
      readonly events: readonly ReleaseEventView[]
      readonly lost: string | undefined
      /** Lines of the terminal that the lab fills itself. */
      readonly reservedLines: number
    },
  ): readonly string[]
  changes(before: ReleaseView | undefined, after: ReleaseView): readonly string[]
  incident(incident: IncidentView): readonly string[]
  /** A span of time as people say it. */
  span(ms: number): string
}
