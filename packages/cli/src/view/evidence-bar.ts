import type { Glyphs } from './glyphs.ts'

/**
 * How far evidence has come towards its threshold, 0 to 1. Evidence is the wealth of a bet that starts at 1 and multiplies, so
 * distance is measured in its logarithm; below 1 it speaks against the claim.
 */
export function evidenceShare({
  evidence,
  threshold,
}: {
  readonly evidence: number
  readonly threshold: number
}): number {
  if (!(evidence > 1) || !(threshold > 1)) return evidence >= threshold && evidence > 0 ? 1 : 0
  return Math.min(1, Math.log(evidence) / Math.log(threshold))
}

/** Full only when the threshold is reached: a bar must not look decided before the verdict is. */
export function evidenceBar(share: number, width: number, glyphs: Glyphs): string {
  const full = share >= 1 ? width : Math.min(width - 1, Math.floor(share * width))
  return glyphs.barFull.repeat(full) + glyphs.barEmpty.repeat(width - full)
}
