import { pad, piece, textWidth, type Line, type Style } from './line.ts'

export interface Cell {
  readonly text: string
  readonly style: Style
}

/** A table with a style per cell: the first column on the left, figures on the right, two spaces apart, indented by four. */
export function sightTable(head: readonly string[], rows: readonly (readonly Cell[])[]): readonly Line[] {
  const widths = head.map((title, column) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[column]?.text ?? ''))),
  )
  const line = (cells: readonly Cell[]): Line => [
    piece('    '),
    ...cells.flatMap(({ text, style }, column) => [
      piece(pad(text, widths[column] ?? 0, column === 0 ? 'right' : 'left'), style),
      piece('  '),
    ]),
  ]
  return [line(head.map((text) => ({ text, style: 'dim' }))), ...rows.map(line)]
}
