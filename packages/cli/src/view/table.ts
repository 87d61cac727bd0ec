import { pad, printable, textWidth } from './line.ts'

/** Columns of text, two spaces apart, with a head line. Numbers (`right`) line up on the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): readonly string[] {
  const clean = rows.map((row) => row.map(printable))
  const widths = head.map((title, column) =>
    Math.max(textWidth(title), ...clean.map((row) => textWidth(row[column] ?? ''))),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0, right.has(head[column] ?? '') ? 'left' : 'right'))
      .join('  ')
      .trimEnd()
  return [line(head.map((title) => title.toUpperCase())), ...clean.map(line)]
}
