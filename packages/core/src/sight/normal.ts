/** Probability that a standard normal is below `z`; relative error below 1e-8, also far out (West, "Better approximations", 2005, after Hart 1968). */
export function normalBelow(z: number): number {
  const x = Math.abs(z)
  if (x > 37) return z > 0 ? 1 : 0
  const upper = x < 7.07106781186547 ? hart(x) : tail(x)
  return z > 0 ? 1 - upper : upper
}

function hart(x: number): number {
  const above = horner(
    x,
    [
      3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
      220.206867912376,
    ],
  )
  const below = horner(
    x,
    [
      8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
      793.826512519948, 440.413735824752,
    ],
  )
  return (Math.exp((-x * x) / 2) * above) / below
}

function horner(x: number, coefficients: readonly number[]): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

function tail(x: number): number {
  const fraction = x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))
  return Math.exp((-x * x) / 2) / (fraction * 2.506628274631)
}

/** ln of {@link normalBelow} for far negative `z`, where the probability itself is 0 in a double. */
export function logNormalBelow(z: number): number {
  if (z > -30) return Math.log(normalBelow(z))
  return (-z * z) / 2 - Math.log(-z) - 0.918938533204673 - 1 / (z * z)
}
