/**
 * The known word that `word` was most likely meant to be; undefined when none is close. Distance counts a swap of two
 * neighbouring letters as one edit (optimal string alignment), because that is the commonest slip.
 */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance || candidate.length > longestWord) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** ` Did you mean "checkout"?` or, where nothing is close, the words there are (at most eight); empty when there is none. */
export function suggest(word: string, known: Iterable<string>): string {
  const words = [...known]
  const nearest = word.length > longestWord ? undefined : nearestWord(word, words)
  if (nearest !== undefined) return ` Did you mean "${nearest}"?`
  if (words.length === 0) return ''
  const shown = words.slice(0, 8).join(', ')
  return ` Known: ${shown}${words.length > 8 ? `, and ${words.length - 8} more` : ''}.`
}

/** Words longer than this are not compared: the table costs the product of both lengths. */
const longestWord = 100

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (same ? 0 : 1),
          swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
