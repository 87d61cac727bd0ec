import { styleText } from 'node:util'

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'warning' | 'accent'

/** A line of text in pieces, each with its meaning; colours come last so that widths can be counted. */
export interface Segment {
  readonly text: string
  readonly style: Style
}
export type Line = readonly Segment[]

const colours = {
  bold: 'bold',
  dim: 'dim',
  good: 'green',
  bad: 'red',
  warning: 'yellow',
  accent: 'cyan',
} as const

/** A piece of text. What others wrote (reasons, names) cannot move the cursor or change colours. */
export function piece(text: string, style: Style = 'plain'): Segment {
  return { text: printable(text), style }
}

/** Control characters and line ends become spaces. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
}

export function widthOf(line: Line): number {
  return line.reduce((sum, segment) => sum + textWidth(segment.text), 0)
}

/** Columns of a text: code points, two for East Asian wide ones and emoji. */
export function textWidth(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + (isWide(character.codePointAt(0) ?? 0) ? 2 : 1), 0)
}

function isWide(point: number): boolean {
  return (
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0x1f300 && point <= 0x1faff) ||
    (point >= 0x20000 && point <= 0x3fffd)
  )
}

/** Cut a line to `width` columns; `ellipsis` says that something is missing. */
export function fit(line: Line, width: number, ellipsis: string): Line {
  if (widthOf(line) <= width) return line
  const cut: Segment[] = []
  let room = Math.max(0, width - ellipsis.length)
  for (const segment of line) {
    const text = take(segment.text, room)
    room -= textWidth(text)
    if (text !== '') cut.push({ ...segment, text })
    if (text.length < segment.text.length) break
  }
  return [...cut, { text: ellipsis.slice(0, width), style: 'dim' }]
}

function take(text: string, width: number): string {
  let taken = ''
  let used = 0
  for (const character of text) {
    used += textWidth(character)
    if (used > width) return taken
    taken += character
  }
  return taken
}

/** Fill up to `width` columns, on the right or, for numbers, on the left. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - textWidth(text)))
  return side === 'right' ? text + fill : fill + text
}

/** Break text at spaces into lines of at most `width` columns; a longer word stands alone and is cut by {@link fit}. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let current = ''
  for (const word of printable(text)
    .split(/ +/)
    .filter((part) => part !== '')) {
    const longer = current === '' ? word : `${current} ${word}`
    if (textWidth(longer) <= width || current === '') current = longer
    else {
      lines.push(current)
      current = word
    }
  }
  return current === '' ? lines : [...lines, current]
}

export function paint(line: Line, hasColour: boolean): string {
  if (!hasColour) return line.map((segment) => segment.text).join('')
  return line.map(paintSegment).join('')
}

function paintSegment({ text, style }: Segment): string {
  return style === 'plain' || text === '' ? text : styleText(colours[style], text, { validateStream: false })
}
