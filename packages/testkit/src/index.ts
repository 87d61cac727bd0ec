export { fakeClock, type FakeClock } from './clock.ts'
export { createEmptyDatabase, createTestDatabase, type TestDatabase } from './test-database.ts'
export { eventLog, waitUntil, type EventLog } from './until.ts'
