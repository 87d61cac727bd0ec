import type { TickView } from './stream.ts'

/** What a metric system would have added up by the end of a tick. */
export interface Tallies {
  readonly tick: number
}

/** Adds ticks up for all contestants that read metrics. */
export class TallyKeeper implements Tallies {
  tick = -1

  add(view: TickView): void {
    this.tick = view.tick
  }
}
