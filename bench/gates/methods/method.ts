import type { Environment } from '../simulator/environment.ts'
import type { StreamSettings, TickView } from '../simulator/stream.ts'
import type { Tallies } from '../simulator/tallies.ts'

/**
 * A decision rule on a stream. It turns what it has seen into one number per sub-rule that only grows while it should stop:
 * an entry stops at the first tick at which one of them reaches its threshold. So one pass over a stream gives the stops of the
 * vendor's settings and of any tuned ones alike.
 */
export interface Contestant {
  /** Folds a tick in; afterwards `strengths` say how strongly each sub-rule asks for a stop. */
  readonly see: (view: TickView, tallies: Tallies) => void
  readonly strengths: Float64Array
  /** Ticks at which it passed, by margin; for those that prove anything. */
  readonly passes?: ReadonlyMap<number, number>
}

export interface Setting {
  readonly stream: StreamSettings
  readonly environment: Environment
}

export interface Method {
  readonly id: string
  readonly title: string
  readonly rules: readonly string[]
  readonly open: (setting: Setting) => Contestant
}
