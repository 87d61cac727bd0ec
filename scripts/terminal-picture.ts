import { readFileSync, writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

/**
 * Draws terminal output (text with SGR colours) as an SVG: `terminal-picture.ts INPUT OUTPUT.svg [TITLE]`.
 * The picture in the README is made from what the command printed, so it cannot drift into an advertisement.
 */
const cell = { width: 8.43, height: 19 }
const margin = { left: 18, top: 50, right: 18, bottom: 18 }
const palette: Readonly<Record<number, string>> = {
  30: '#4b5563',
  31: '#f87171',
  32: '#4ade80',
  33: '#facc15',
  34: '#60a5fa',
  35: '#c084fc',
  36: '#22d3ee',
  37: '#e5e7eb',
  90: '#6b7280',
  91: '#fca5a5',
  92: '#86efac',
  93: '#fde047',
  94: '#93c5fd',
  95: '#d8b4fe',
  96: '#67e8f9',
  97: '#ffffff',
}

interface Style {
  readonly colour?: string
  readonly isBold?: boolean
  readonly isDim?: boolean
  readonly isInverse?: boolean
}

interface Run {
  readonly text: string
  readonly style: Style
  readonly column: number
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return {}
  if (code === 1) return { ...style, isBold: true }
  if (code === 2) return { ...style, isDim: true }
  if (code === 7) return { ...style, isInverse: true }
  if (code === 22) return { ...style, isBold: false, isDim: false }
  if (code === 27) return { ...style, isInverse: false }
  if (code === 39) return { ...style, colour: '#d1d5db' }
  const colour = palette[code]
  return colour === undefined ? style : { ...style, colour }
}

/** Splits a line at its SGR sequences. */
function runsOf(line: string): readonly Run[] {
  const runs: Run[] = []
  let style: Style = {}
  let column = 0
  // oxlint-disable-next-line no-control-regex -- the escape character is what is parsed here
  for (const part of line.split(/(\u001B\[[\d;]*m)/)) {
    if (part.startsWith('\u001B[')) {
      for (const code of part.slice(2, -1).split(';')) style = applyCode(style, Number(code || 0))
      continue
    }
    const text = stripVTControlCharacters(part)
    runs.push(...wordsOf(text).map((word) => ({ text: word.text, style, column: column + word.column })))
    column += columnsOf(text)
  }
  return runs
}

/** Stretches without a gap: viewers fold white space, so a gap is a place to start again, not characters to draw. */
function wordsOf(text: string): readonly { readonly text: string; readonly column: number }[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
    text: match[0],
    column: columnsOf(text.slice(0, match.index)),
  }))
}

/** Columns a text takes: what Headgate prints is one column per character. */
function columnsOf(text: string): number {
  return Array.from(text).length
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function drawRun(run: Run, row: number): string {
  const x = (margin.left + run.column * cell.width).toFixed(1)
  const y = margin.top + row * cell.height
  const width = (columnsOf(run.text) * cell.width).toFixed(1)
  const colour = run.style.colour ?? '#d1d5db'
  const box = run.style.isInverse
    ? `<rect x="${x}" y="${y - 14}" width="${width}" height="${cell.height}" fill="${colour}"/>`
    : ''
  const fill = run.style.isInverse ? '#0b1220' : colour
  const weight = run.style.isBold ? ' font-weight="700"' : ''
  const opacity = run.style.isDim ? ' opacity="0.62"' : ''
  return `${box}<text x="${x}" y="${y}" textLength="${width}" lengthAdjust="spacingAndGlyphs" fill="${fill}"${weight}${opacity}>${escape(run.text)}</text>`
}

function draw(lines: readonly string[], title: string): string {
  const columns = Math.max(80, ...lines.map((line) => columnsOf(stripVTControlCharacters(line))))
  const width = Math.ceil(margin.left + columns * cell.width + margin.right)
  const height = margin.top + lines.length * cell.height + margin.bottom - cell.height / 2
  const dots = ['#f87171', '#facc15', '#4ade80'].map(
    (fill, index) => `<circle cx="${20 + index * 18}" cy="18" r="5.5" fill="${fill}"/>`,
  )
  const texts = lines.flatMap((line, row) => runsOf(line).map((run) => drawRun(run, row)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<rect width="${width}" height="${height}" rx="10" fill="#0b1220"/>`,
    ...dots,
    `<text x="${width / 2}" y="23" text-anchor="middle" fill="#9ca3af" font-family="system-ui, sans-serif" font-size="13">${escape(title)}</text>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">`,
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

const [input, output, title = 'headgate lab'] = process.argv.slice(2)
if (input === undefined || output === undefined) {
  console.error('usage: terminal-picture.ts INPUT OUTPUT.svg [TITLE]')
  process.exitCode = 2
} else {
  writeFileSync(output, draw(readFileSync(input, 'utf8').trimEnd().split('\n'), title))
}
