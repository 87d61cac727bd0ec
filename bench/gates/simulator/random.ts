/** Deterministic draws from one seed: sfc32 (Doty-Humphrey, PractRand), whose period is far beyond a simulated day. */
export interface Random {
  /** In [0, 1). */
  readonly uniform: () => number
  readonly gaussian: () => number
  readonly exponential: () => number
  readonly poisson: (mean: number) => number
}

export function randomOf(seed: number, stream: string): Random {
  const uniform = sfc32(seed, hashOf(stream))
  return {
    uniform,
    gaussian: gaussianOf(uniform),
    exponential: () => -Math.log(1 - uniform()),
    poisson: (mean) => poisson(mean, uniform),
  }
}

function sfc32(seed: number, stream: number): () => number {
  let a = seed | 0
  let b = stream | 0
  let c = (seed / 4_294_967_296) | 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let warm = 0; warm < 15; warm++) next()
  return next
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash
}

/** Marsaglia's polar method; the loop ends with probability 0.785 a turn. */
function gaussianOf(uniform: () => number): () => number {
  let spare: number | undefined
  return () => {
    if (spare !== undefined) {
      const kept = spare
      spare = undefined
      return kept
    }
    for (;;) {
      const x = 2 * uniform() - 1
      const y = 2 * uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }
}

/** Knuth's product, in parts of a mean of at most 30, so that nothing underflows. */
function poisson(mean: number, uniform: () => number): number {
  let count = 0
  for (let left = mean; left > 0; left -= 30) {
    const limit = Math.exp(-Math.min(30, left))
    for (let product = uniform(); product > limit; product *= uniform()) count++
  }
  return count
}
