export { createCheckpointReader, isCheckpointHeader } from './checkpoints.ts'
export { createEvidenceReader, type EvidenceReader } from './evidence-reader.ts'
export { evidenceFormat, evidenceVersion, writeHeader, type EvidenceHeader } from './header.ts'
export { writeEnd, writeRecord } from './tick-lines.ts'
