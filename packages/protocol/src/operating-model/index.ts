export { schemaFiles } from './json-schema.ts'
export { parseModelFiles, requireModel, requireTraffic, type ParsedModel } from './parse-model-files.ts'
export { findingsWithPositions, type LocatedFinding, type ModelPositions, type Position } from './positions.ts'
export { maxModelFileCharacters, type SourceFile } from './yaml-tree.ts'
