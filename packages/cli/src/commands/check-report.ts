import type { SourceFile } from '@headgate/protocol/operating-model'
import { fit, type Line, pad, paint, piece, printable, textWidth } from '../view/line.ts'

/** One line of the report: a problem (the file cannot be read) or a finding (it can, and something is missing). */
export interface Remark {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly code?: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

export interface ReportStyle {
  readonly width: number
  readonly hasColour: boolean
}

/** Remarks grouped by file in the order of the files, each with the line it is about and a caret under its column. */
export function reportLines(remarks: readonly Remark[], files: readonly SourceFile[], style: ReportStyle): string[] {
  const names = [...new Set([...files.map(({ path }) => path), ...remarks.map(({ file }) => file ?? '')])]
  return names.flatMap((name) => {
    const own = remarks.filter(({ file }) => (file ?? '') === name).sort(byPlace)
    if (own.length === 0) return []
    const source = files.find(({ path }) => path === name)?.text.split(/\r?\n/) ?? []
    return [
      paint([piece(name === '' ? '(no file)' : name, 'bold')], style.hasColour),
      ...own.flatMap((remark) => remarkLines(remark, source, style)),
      '',
    ]
  })
}

function byPlace(a: Remark, b: Remark): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

function remarkLines(remark: Remark, source: readonly string[], { width, hasColour }: ReportStyle): string[] {
  const { severity, message, code, line, column } = remark
  const place = line === undefined ? '' : `${line}:${column ?? 1}`
  const head: Line = [
    piece(`  ${pad(place, 7)} `, 'dim'),
    piece(pad(severity, 7), severity === 'error' ? 'bad' : 'warning'),
    piece(` ${message}`),
    ...(code === undefined ? [] : [piece(`  [${code}]`, 'dim')]),
  ]
  const excerpt = line === undefined ? [] : excerptOf(source[line - 1] ?? '', line, column ?? 1)
  return [paint(head, hasColour), ...excerpt.map((each) => paint(fit(each, Math.max(20, width), '…'), hasColour))]
}

/** The source line with a caret under the column; long lines are cut on the left so that the column stays in sight. */
function excerptOf(text: string, line: number, column: number): Line[] {
  if (text.trim() === '') return []
  const cut = column > 60 ? column - 30 : 0
  const shown = printable(text.slice(cut))
  const caret = ' '.repeat(textWidth(printable(text.slice(cut, column - 1))))
  const number = pad(String(line), 9, 'left')
  return [
    [piece(`${number} | `, 'dim'), piece(cut > 0 ? `…${shown}` : shown)],
    [piece(`${' '.repeat(9)} | `, 'dim'), piece(`${cut > 0 ? ' ' : ''}${caret}^`, 'accent')],
  ]
}
