/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly low: number
  readonly mid: number
  readonly high: number
}

const z = 1.959_963_984_540_054

/** Wilson's score interval of a share: sensible from the first unit on, [0, 1] for none. */
export function shareInterval(hits: number, units: number): Estimate {
  if (!(units > 0)) return { low: 0, mid: 0, high: 1 }
  const share = Math.min(1, Math.max(0, hits / units))
  const spread = (z * z) / units
  const centre = (share + spread / 2) / (1 + spread)
  const half = (z / (1 + spread)) * Math.sqrt((share * (1 - share)) / units + spread / (4 * units))
  return { low: Math.max(0, centre - half), mid: share, high: Math.min(1, centre + half) }
}

/** Difference of two shares, first minus second, by Newcombe's hybrid of two Wilson intervals (method 10). */
export function shareDifference(first: Estimate, second: Estimate): Estimate {
  const mid = first.mid - second.mid
  return {
    low: mid - Math.hypot(first.mid - first.low, second.high - second.mid),
    mid,
    high: mid + Math.hypot(first.high - first.mid, second.mid - second.low),
  }
}

/** Sum of independent estimates: interval halves add in squares (MOVER). */
export function sumEstimates(parts: readonly Estimate[]): Estimate {
  let mid = 0
  for (const part of parts) mid += part.mid
  return {
    low: mid - Math.hypot(...parts.map((part) => part.mid - part.low)),
    mid,
    high: mid + Math.hypot(...parts.map((part) => part.high - part.mid)),
  }
}

export function scaleEstimate(estimate: Estimate, factor: number): Estimate {
  return { low: estimate.low * factor, mid: estimate.mid * factor, high: estimate.high * factor }
}
