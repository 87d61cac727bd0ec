export { schemaFiles } from './json-schema.ts'
