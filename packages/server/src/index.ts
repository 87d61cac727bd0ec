export { startEmbeddedPostgres } from './db/embedded/index.ts'
