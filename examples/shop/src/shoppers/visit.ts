import type { Random } from '../random.ts'
import type { Browser } from './browser.ts'
import type { Tally } from './counters.ts'

/** Everything one shopper needs for one visit. */
export interface Visit {
  readonly browser: Browser
  readonly random: Random
  readonly tally: Tally
  /** Number of the visitor: which gift card is in the drawer. */
  readonly visitor: number
  /** Wait a log-normal time of real life, compressed. Throws when the run ends. */
  readonly wait: (time: { readonly medianMs: number; readonly sigma: number }) => Promise<void>
  /** Articles that are advertised elsewhere: where visits begin that do not begin at the front page. */
  readonly advertised: readonly string[]
}

/** Why a visit ended; some come back later. */
export type VisitEnd = 'looked' | 'left' | 'ordered'
