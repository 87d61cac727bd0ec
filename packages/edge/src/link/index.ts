export { createBackoff, sleep, type Backoff, type BackoffLimits, type Sleep } from './backoff.ts'
export { readParsed, setAside, writeDurably } from './durable-file.ts'
export { createLink, describeAnswer, isRefusal, isTaken, type Link, type LinkAnswer, type LinkRequest } from './link.ts'
export type { EdgeLog } from './log.ts'
