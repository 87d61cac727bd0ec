/** Exact interval of a proportion at 95 % (Clopper and Pearson 1934), by bisection of the binomial tail. */
export function clopperPearson(hits: number, runs: number): { readonly low: number; readonly high: number } {
  const tail = 0.025
  return {
    low: hits === 0 ? 0 : solve((p) => 1 - binomialCdf(hits - 1, runs, p) - tail),
    high: hits === runs ? 1 : solve((p) => tail - binomialCdf(hits, runs, p)),
  }
}

/** Root of a function that rises over [0, 1]; halves the interval 60 times. */
function solve(rising: (p: number) => number): number {
  let [low, high] = [0, 1]
  for (let turn = 0; turn < 60; turn++) {
    const middle = (low + high) / 2
    if (rising(middle) < 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function binomialCdf(hits: number, runs: number, p: number): number {
  let logTerm = runs * Math.log1p(-p)
  let sum = Math.exp(logTerm)
  for (let hit = 1; hit <= hits; hit++) {
    logTerm += Math.log((runs - hit + 1) / hit) + Math.log(p) - Math.log1p(-p)
    sum += Math.exp(logTerm)
  }
  return Math.min(1, sum)
}
