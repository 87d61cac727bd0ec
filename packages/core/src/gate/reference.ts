import type { Reference } from './state.ts'

/** Adds the control's units to the reference; it doubles between rebuilds, and is halved so that it stays young and small. */
export function stepReference(
  { histogram, units, refreshAt, rebuilds }: Reference,
  added: readonly { readonly bucket: number; readonly count: number }[],
): Reference {
  if (added.length === 0) return { histogram, units, refreshAt, rebuilds }
  const counts: Record<string, number> = { ...histogram }
  let total = units
  for (const { bucket, count } of added) {
    counts[bucket] = (counts[bucket] ?? 0) + count
    total += count
  }
  if (total < refreshAt) return { histogram: counts, units: total, refreshAt, rebuilds }
  if (total < referenceLimit) return { histogram: counts, units: total, refreshAt: total * 2, rebuilds: rebuilds + 1 }
  const halved = Object.fromEntries(Object.entries(counts).map(([bucket, count]) => [bucket, count / 2]))
  return { histogram: halved, units: total / 2, refreshAt: referenceLimit, rebuilds: rebuilds + 1 }
}

const referenceLimit = 20_000
