import type { EvidenceRecord, MetricReading } from '@headgate/core/gate'
import { z } from 'zod'
import { linesOfCells } from './cell-lines.ts'
import { count, finite, id, instant, position } from './fields.ts'

/** A tick: its line, the lines of its cells and readings follow it. */
export const tickLine = z.strictObject({
  kind: z.literal('tick'),
  seq: count,
  at: instant,
  heard: z.record(z.string().max(200), finite).default({}),
  mark: z.strictObject({ stage: position.min(0), at: instant }).exactOptional(),
  judged: position.exactOptional(),
  /** Where it is not that of the header: the operating model changed while the release was not started yet. */
  model: z.string().max(200).exactOptional(),
})
export type TickLine = z.output<typeof tickLine>

export const readingLine = z
  .strictObject({
    kind: z.literal('reading'),
    criterion: id,
    at: finite,
    value: finite.exactOptional(),
    missing: z.string().max(2_000).exactOptional(),
  })
  .transform(({ criterion, at, value, missing }, context): MetricReading => {
    if (value !== undefined && missing === undefined) return { kind: 'value', criterion, value, at }
    if (missing !== undefined && value === undefined) return { kind: 'missing', criterion, reason: missing, at }
    context.addIssue({
      code: 'custom',
      path: ['value'],
      message: 'expected either a value or missing: why there is none',
    })
    return z.NEVER
  })

/** The last line, so that a file that was cut off is known as such. */
export const endLine = z.strictObject({ kind: z.literal('end'), ticks: z.int().min(0) })

/** The lines of one record. `model` is named where it is not the header's. */
export function writeRecord({ frame, mark, judged }: EvidenceRecord, model?: string): readonly string[] {
  const { seq, at, heard, cells, readings } = frame
  const tick: z.input<typeof tickLine> = {
    kind: 'tick',
    seq,
    at,
    heard: { ...heard },
    ...(mark === undefined ? {} : { mark }),
    ...(judged === undefined ? {} : { judged }),
    ...(model === undefined ? {} : { model }),
  }
  return [JSON.stringify(tick), ...linesOfCells(cells), ...readings.map(readingText)]
}

function readingText(reading: MetricReading): string {
  const { criterion, at } = reading
  const told = reading.kind === 'value' ? { value: reading.value } : { missing: reading.reason }
  return JSON.stringify({ kind: 'reading', criterion, at, ...told })
}

export function writeEnd(ticks: number): string {
  return JSON.stringify({ kind: 'end', ticks } satisfies z.input<typeof endLine>)
}
