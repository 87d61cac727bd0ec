import type { DeltaCell } from '@headgate/protocol/signals'

/** One thing that happened once; the counters add up equal ones. */
export type CountedCell = WithoutCount<DeltaCell>

type WithoutCount<Cell> = Cell extends unknown ? Omit<Cell, 'count'> : never
