export { startLoop, type Loop, type LoopOptions } from './loop.ts'
export { countNotices, pruneNotices, queueNotices } from './outbox-store.ts'
export { deliverDueNotices, type OutboxOptions } from './outbox.ts'
