/** A source of uniform numbers in [0, 1). Handed in wherever chance plays a part, so that a seed repeats a run. */
export type Random = () => number

/**
 * mulberry32: 32 bits of state, one multiplication chain a draw. Statistically good enough for shoppers, far too weak for
 * secrets (those come from `node:crypto`).
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One seed out of two, so that visitor 17 of seed 4 draws the same numbers whatever the other visitors do. */
export function deriveSeed(seed: number, index: number): number {
  let mixed = (Math.imul(seed | 0, 0x9e37_79b1) ^ Math.imul(index | 0, 0x85eb_ca6b)) >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb_352d)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/** Log-normal draw by Box-Muller: `median * exp(sigma * z)`. */
export function logNormal(random: Random, median: number, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * random()))
}

/** Time to the next arrival of a Poisson process with this many arrivals a minute, milliseconds. */
export function nextArrivalMs(random: Random, perMinute: number): number {
  return (-Math.log(1 - random()) * 60_000) / perMinute
}

/** Pick by weight. Throws when there is nothing to pick from. */
export function pickWeighted<T>(random: Random, choices: readonly { readonly weight: number; readonly value: T }[]): T {
  const total = choices.reduce((sum, choice) => sum + choice.weight, 0)
  let point = random() * total
  for (const choice of choices) {
    point -= choice.weight
    if (point < 0) return choice.value
  }
  const last = choices.at(-1)
  if (last === undefined) throw new RangeError('nothing to pick from')
  return last.value
}

export function pickEvenly<T>(random: Random, values: readonly T[]): T | undefined {
  return values[Math.floor(random() * values.length)]
}
