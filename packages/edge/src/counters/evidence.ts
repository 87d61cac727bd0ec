import type { DeltaCell } from '@headgate/protocol/signals'
import type { CountedCell } from '../journey/index.ts'

/** Evidence counted and not sent yet, equal cells added up. */
export interface EvidenceCounts {
  count(cells: readonly CountedCell[]): void
  /** Takes out the oldest cells, at most `limit`. */
  drain(limit: number): DeltaCell[]
  /** How many different cells wait. */
  size(): number
  /** Units that were dropped because too many different cells waited. */
  lost(): number
}

/** Largest count of one cell on the wire. */
const maxCount = 10_000_000

/**
 * `capacity` bounds the memory while the control plane is away: beyond it the oldest cells are dropped and counted as lost.
 * 200,000 cells are about an hour of a shop with six paths, two arms and a start in every second.
 */
export function createEvidenceCounts(capacity = 200_000): EvidenceCounts {
  const waiting = new Map<string, { readonly cell: CountedCell; count: number }>()
  let lost = 0

  const add = (cell: CountedCell): void => {
    const key = keyOf(cell)
    const known = waiting.get(key)
    if (known === undefined) {
      if (waiting.size >= capacity) lost += dropOldest(waiting)
      waiting.set(key, { cell, count: 1 })
    } else if (known.count < maxCount) known.count += 1
    else lost += 1
  }

  return {
    count(cells) {
      for (const cell of cells) add(cell)
    },
    drain(limit) {
      const cells: DeltaCell[] = []
      for (const [key, { cell, count }] of waiting) {
        if (cells.length >= limit) break
        cells.push({ ...cell, count })
        waiting.delete(key)
      }
      return cells
    },
    size: () => waiting.size,
    lost: () => lost,
  }
}

function dropOldest(waiting: Map<string, { readonly count: number }>): number {
  for (const [key, { count }] of waiting) {
    waiting.delete(key)
    return count
  }
  return 0
}

function keyOf(cell: CountedCell): string {
  const unit = `${cell.kind}|${cell.release}|${cell.arm}|${cell.share}`
  if (cell.kind === 'journey') return `${unit}|${cell.flow}|${cell.path}|${cell.startedAt}|${cell.outcome}`
  return cell.kind === 'page' ? `${unit}|${cell.route}|${cell.outcome}|${cell.bucket}` : unit
}
