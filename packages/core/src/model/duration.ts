/** Durations as people write them: in the files of the operating model, in flags and in environment variables. */
export const durationPattern = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/

const unitMs = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const longestMs = 366 * 86_400_000

/** `1h30m` -> 5400000. Undefined when the text is no duration, is not a whole number of milliseconds or exceeds 366 days. */
export function parseDuration(duration: string): number | undefined {
  if (duration.length > 40 || !durationPattern.test(duration)) return undefined
  let sum = 0
  for (const [, amount, , unit] of duration.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    sum += Number(amount) * (unitMs.get(unit ?? '') ?? Number.NaN)
  }
  const whole = Math.round(sum)
  return Math.abs(sum - whole) < 1e-6 && whole <= longestMs ? whole : undefined
}
