export function sum(values: readonly number[]): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Column by column; as long as the longest row. */
export function sumRows(rows: readonly (readonly number[])[]): number[] {
  const sums: number[] = []
  for (const row of rows) {
    row.forEach((value, column) => {
      sums[column] = (sums[column] ?? 0) + value
    })
  }
  return sums
}
