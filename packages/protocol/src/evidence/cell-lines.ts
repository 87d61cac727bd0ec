import type { EvidenceCell, ItemCell, JourneyCell, OrderCell, PageCell, VisitCell } from '@headgate/core/gate'
import { z } from 'zod'
import { arm, bucket, count, currency, id, instant, journeyOutcome, pageOutcome, share } from './fields.ts'

/**
 * Every kind of cell has its line here, and this is the only place to add one: its schema in {@link cellLines}, which makes cells of a
 * line, and its case in {@link foldCell}, which makes a line of cells. The compiler asks for both; `docs/reference/evidence-format.md`
 * describes the line.
 *
 * Cells that differ only in their last dimension (start slot, bucket of latency or value) share a line, as `counts`: pairs of place and count.
 */
export const cellLines: { readonly [Kind in EvidenceCell['kind']]: z.ZodType<readonly CellOf<Kind>[]> } = {
  journey: z
    .strictObject({
      kind: z.literal('journey'),
      flow: id,
      path: id,
      arm,
      share,
      outcome: journeyOutcome,
      counts: z.array(z.tuple([instant, count])).min(1),
    })
    .transform(({ counts, ...cell }): JourneyCell[] =>
      counts.map(([startedAt, of]) => ({ ...cell, startedAt, count: of })),
    ),
  visit: z.strictObject({ kind: z.literal('visit'), arm, share, count }).transform((cell): VisitCell[] => [cell]),
  page: z
    .strictObject({
      kind: z.literal('page'),
      route: id,
      arm,
      share,
      outcome: pageOutcome,
      counts: z.array(z.tuple([bucket, count])).min(1),
    })
    .transform(({ counts, ...cell }): PageCell[] => counts.map(([at, of]) => ({ ...cell, bucket: at, count: of }))),
  order: z
    .strictObject({
      kind: z.literal('order'),
      flow: id,
      path: id,
      arm,
      share,
      startedAt: instant,
      currency,
      counts: z.array(z.tuple([bucket, count])).min(1),
    })
    .transform(({ counts, ...cell }): OrderCell[] => counts.map(([at, of]) => ({ ...cell, bucket: at, count: of }))),
  item: z
    .strictObject({
      kind: z.literal('item'),
      flow: id,
      path: id,
      item: id,
      arm,
      share,
      counts: z.array(z.tuple([instant, count])).min(1),
    })
    .transform(({ counts, ...cell }): ItemCell[] =>
      counts.map(([startedAt, of]) => ({ ...cell, startedAt, count: of })),
    ),
}

type CellOf<Kind extends EvidenceCell['kind']> = Extract<EvidenceCell, { readonly kind: Kind }>

export function isCellKind(kind: string): kind is EvidenceCell['kind'] {
  return Object.hasOwn(cellLines, kind)
}

/** A cell as the line that it may share, and its place and count on it; without a place it has a line of its own. */
interface FoldedCell {
  readonly line: object
  readonly place?: number
  readonly count: number
}

function foldCell(cell: EvidenceCell): FoldedCell {
  switch (cell.kind) {
    case 'journey':
    case 'item': {
      const { startedAt, count: of, ...line } = cell
      return { line, place: startedAt, count: of }
    }
    case 'visit': {
      const { count: of, ...line } = cell
      return { line, count: of }
    }
    case 'page':
    case 'order': {
      const { bucket: at, count: of, ...line } = cell
      return { line, place: at, count: of }
    }
  }
}

/** Neighbours only share a line, so that reading it gives the cells back in their order. */
export function linesOfCells(cells: readonly EvidenceCell[]): readonly string[] {
  const lines: { readonly head: string; readonly line: object; readonly counts: [number, number][] }[] = []
  const texts: string[] = []
  const flush = (): void => {
    for (const { line, counts } of lines.splice(0)) texts.push(JSON.stringify({ ...line, counts }))
  }
  for (const cell of cells) {
    const { line, place, count: of } = foldCell(cell)
    if (place === undefined) {
      flush()
      texts.push(JSON.stringify({ ...line, count: of }))
      continue
    }
    const head = JSON.stringify(line)
    const last = lines.at(-1)
    if (last?.head === head) last.counts.push([place, of])
    else lines.push({ head, line, counts: [[place, of]] })
  }
  flush()
  return texts
}
