import type { EvidenceRecord } from '@headgate/core/gate'
import { createEvidenceReader, type EvidenceHeader } from '@headgate/protocol/evidence'
import type { FileLines } from './file-lines.ts'

/** An evidence file that has been opened: its header is read, its ticks follow. */
export interface EvidenceFile {
  readonly header: EvidenceHeader
  /** One tick at a time; to be read once. */
  readonly records: AsyncGenerator<EvidenceRecord>
  /** What is odd about the file, once its ticks have been read. */
  readonly oddities: () => readonly string[]
}

/** Reads as far as the header. Throws INVALID_INPUT with file, line and field. */
export async function openEvidence(name: string, { batches }: Pick<FileLines, 'batches'>): Promise<EvidenceFile> {
  const reader = createEvidenceReader(name)
  const oddities: string[] = []
  const records = readRecords()
  const first = await records.next()
  const { header } = reader
  if (header === undefined) throw reader.refuse('the file is empty; its first line is the header')
  return { header, records: withoutMark(first), oddities: () => oddities }

  /** The first thing it yields is a mark that the header was read. */
  async function* readRecords(): AsyncGenerator<EvidenceRecord | 'header'> {
    for await (const lines of batches) {
      for (const line of lines) {
        const isHead = reader.header === undefined
        const record = reader.take(line)
        if (isHead && reader.header !== undefined) yield 'header'
        if (record !== undefined) yield record
      }
    }
    const { record, isWhole } = reader.end()
    if (record !== undefined) yield record
    if (!isWhole) oddities.push(`${name} has no end line: it may have been cut off`)
    if (reader.modelChangedAt !== undefined) {
      oddities.push(
        `the operating model changed at tick ${reader.modelChangedAt} or before; one and the same is used here`,
      )
    }
  }

  async function* withoutMark(mark: IteratorResult<EvidenceRecord | 'header'>): AsyncGenerator<EvidenceRecord> {
    if (mark.done === true) return
    for await (const record of records) if (record !== 'header') yield record
  }
}
