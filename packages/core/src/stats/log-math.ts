/** ln(e^a + e^b) without overflow. */
export function logAddExp(a: number, b: number): number {
  const high = a > b ? a : b
  const low = a > b ? b : a
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high))
}

/** ln of the sum of e^x over all x; -Infinity for none. */
export function logSumExp(values: readonly number[]): number {
  let high = -Infinity
  for (const value of values) if (value > high) high = value
  if (high === -Infinity) return high
  let sum = 0
  for (const value of values) sum += Math.exp(value - high)
  return high + Math.log(sum)
}

const largestExponent = 690

/** e^x as a finite number, also where evidence has grown beyond what a double holds: JSON knows no infinity. */
export function expFinite(logarithm: number): number {
  return Math.exp(Math.min(logarithm, largestExponent))
}
