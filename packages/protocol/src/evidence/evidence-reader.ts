import type { EvidenceCell, EvidenceRecord, MetricReading } from '@headgate/core/gate'
import { HeadgateError } from '@headgate/core/model'
import type { z } from 'zod'
import { explain } from '../operating-model/problems.ts'
import { pointer } from '../operating-model/pointer.ts'
import { nearestOf } from '../operating-model/shapes.ts'
import { cellLines, isCellKind } from './cell-lines.ts'
import { evidenceFormat, evidenceVersion, headerLine, type EvidenceHeader } from './header.ts'
import { endLine, readingLine, tickLine, type TickLine } from './tick-lines.ts'

/** Reads an evidence file line by line, holding one tick at a time. Every method throws INVALID_INPUT with file, line and field. */
export interface EvidenceReader {
  /** Undefined before the first line. */
  readonly header: EvidenceHeader | undefined
  /** The first tick on which another version of the operating model was in force than the header says. */
  readonly modelChangedAt: number | undefined
  /** Lines taken so far. */
  readonly line: number
  /** Takes the next line; answers with the tick that it completes, if it does. */
  take(text: string): EvidenceRecord | undefined
  /** After the last line: the last tick, and whether the file says that it is whole. */
  end(): { readonly record?: EvidenceRecord; readonly isWhole: boolean }
  /** An error at the line that was taken last. */
  refuse(message: string, field?: string): HeadgateError
}

/** One tick holds at most this many counts: a file without ticks must not fill the memory. */
const maxCellsPerTick = 2_000_000
const otherKinds = ['header', 'tick', 'reading', 'end']

interface OpenTick {
  readonly tick: TickLine
  readonly cells: EvidenceCell[]
  readonly readings: MetricReading[]
}

interface ReaderState {
  line: number
  ticks: number
  header?: EvidenceHeader
  open?: OpenTick | undefined
  lastSeq?: number
  modelChangedAt?: number
  hasEnded: boolean
}

export function createEvidenceReader(file: string): EvidenceReader {
  const state: ReaderState = { line: 0, ticks: 0, hasEnded: false }
  const refuse = (message: string, field = ''): HeadgateError => {
    const problems = [{ path: field, message, file, line: Math.max(1, state.line), column: 1 }]
    const where = field === '' ? '' : ` at ${field}`
    return new HeadgateError('INVALID_INPUT', `${file}, line ${Math.max(1, state.line)}${where}: ${message}`, {
      problems,
    })
  }
  return {
    get header() {
      return state.header
    },
    get modelChangedAt() {
      return state.modelChangedAt
    },
    get line() {
      return state.line
    },
    take(text) {
      state.line += 1
      if (text.trim() === '') return undefined
      return takeLine(state, parseLine(text, refuse), refuse)
    },
    end() {
      if (state.header === undefined) throw refuse('the file is empty; its first line is the header')
      const record = closeTick(state)
      return { ...(record === undefined ? {} : { record }), isWhole: state.hasEnded }
    },
    refuse,
  }
}

type Refuse = EvidenceReader['refuse']
interface Line {
  readonly kind: string
  readonly value: object
}

function parseLine(text: string, refuse: Refuse): Line {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse(`expected one JSON object, found ${JSON.stringify(text.slice(0, 40))}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('expected one JSON object')
  if (!('kind' in value) || typeof value.kind !== 'string')
    throw refuse('expected a text: the kind of the line', '/kind')
  return { kind: value.kind, value }
}

function takeLine(state: ReaderState, { kind, value }: Line, refuse: Refuse): EvidenceRecord | undefined {
  if (state.hasEnded) throw refuse('nothing may follow the end line; were two files put together?')
  if (state.header === undefined) {
    state.header = readHeader(kind, value, refuse)
    return undefined
  }
  switch (kind) {
    case 'tick':
      return openTick(state, parse(tickLine, value, refuse), refuse)
    case 'reading':
      tickOf(state, kind, refuse).readings.push(parse(readingLine, value, refuse))
      return undefined
    case 'end':
      return endTicks(state, parse(endLine, value, refuse).ticks, refuse)
    case 'header':
      throw refuse('a second header; were two files put together? Backtest them one by one')
    default:
      takeCells(state, kind, value, refuse)
      return undefined
  }
}

function readHeader(kind: string, value: object, refuse: Refuse): EvidenceHeader {
  if (kind !== 'header' || !('format' in value) || value.format !== evidenceFormat) {
    const shape = `{"kind":"header","format":"${evidenceFormat}","version":${evidenceVersion},...}`
    throw refuse(`expected the header ${shape}; headgate signal export writes one`)
  }
  if ('version' in value && typeof value.version === 'number' && value.version > evidenceVersion) {
    const needed = 'headgate' in value && typeof value.headgate === 'string' ? value.headgate : 'a newer version'
    throw refuse(`format ${value.version} is newer than ${evidenceVersion}; it takes Headgate ${needed}`, '/version')
  }
  return parse(headerLine, value, refuse)
}

function openTick(state: ReaderState, tick: TickLine, refuse: Refuse): EvidenceRecord | undefined {
  const record = closeTick(state)
  if (state.lastSeq !== undefined && tick.seq !== state.lastSeq + 1) {
    throw refuse(`tick ${tick.seq} follows tick ${state.lastSeq}; ticks are numbered without a gap`, '/seq')
  }
  const stages = state.header?.recording.stages.length ?? 0
  for (const [field, stage] of [
    ['/mark/stage', tick.mark?.stage],
    ['/judged', tick.judged],
  ] as const) {
    if (stage !== undefined && stage >= stages)
      throw refuse(`stage ${stage} is none of the ${stages} of the header`, field)
  }
  state.lastSeq = tick.seq
  if (tick.model !== undefined) state.modelChangedAt ??= tick.seq
  state.open = { tick, cells: [], readings: [] }
  return record
}

function closeTick(state: ReaderState): EvidenceRecord | undefined {
  if (state.open === undefined) return undefined
  const { tick, cells, readings } = state.open
  state.open = undefined
  state.ticks += 1
  const { seq, at, heard, mark, judged } = tick
  return {
    frame: { seq, at, cells, heard, readings },
    ...(mark === undefined ? {} : { mark }),
    ...(judged === undefined ? {} : { judged }),
  }
}

function endTicks(state: ReaderState, ticks: number, refuse: Refuse): EvidenceRecord | undefined {
  const record = closeTick(state)
  if (ticks !== state.ticks) throw refuse(`the end line says ${ticks} ticks, the file has ${state.ticks}`, '/ticks')
  state.hasEnded = true
  return record
}

function takeCells(state: ReaderState, kind: string, value: object, refuse: Refuse): void {
  if (!isCellKind(kind)) throw refuse(unknownKind(kind, state.header?.writtenBy), '/kind')
  const { cells } = tickOf(state, kind, refuse)
  cells.push(...parse<readonly EvidenceCell[]>(cellLines[kind], value, refuse))
  if (cells.length > maxCellsPerTick) throw refuse(`more than ${maxCellsPerTick} counts in one tick`)
}

function unknownKind(kind: string, writtenBy: string | undefined): string {
  const known = [...otherKinds, ...Object.keys(cellLines)]
  const needed = writtenBy === undefined ? '' : `; the file takes Headgate ${writtenBy} or later, which wrote it`
  return `unknown kind ${JSON.stringify(kind.slice(0, 40))}${nearestOf(kind, known)} Known: ${known.join(', ')}${needed}`
}

function tickOf({ open }: ReaderState, kind: string, refuse: Refuse): OpenTick {
  if (open !== undefined) return open
  throw refuse(`a line of kind ${kind} belongs to the tick before it, and there is none yet`)
}

function parse<Value>(schema: z.ZodType<Value>, value: object, refuse: Refuse): Value {
  const parsed = schema.safeParse(value, { error: explain, reportInput: false })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue === undefined) throw refuse('not in the form of its kind')
  if (issue.code === 'unrecognized_keys') throw refuse(`unknown key "${issue.keys.join('", "')}"`, pointer(issue.path))
  throw refuse(issue.message, pointer(issue.path))
}
