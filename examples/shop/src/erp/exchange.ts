import type { ChannelLink } from './channel-link.ts'
import type { Channel } from './contract.ts'
import type { ErpStore } from './store.ts'

const batchSize = 200

/**
 * One round with one channel: send what it has not confirmed, fetch the orders we have not. Both sides are at least once and both
 * receivers drop repeats, so a crash anywhere costs a repetition and nothing else.
 */
export async function exchange(ledger: ErpStore, channel: Channel, link: ChannelLink): Promise<void> {
  await deliverPending(ledger, channel, link)
  await collectOrders(ledger, channel, link)
}

async function deliverPending(ledger: ErpStore, channel: Channel, link: ChannelLink): Promise<void> {
  const pending = await ledger.pending(channel, batchSize)
  const last = pending.at(-1)
  if (last === undefined) return
  await link.deliver(pending.map(({ event }) => event))
  await ledger.confirm(channel, last.seq)
}

async function collectOrders(ledger: ErpStore, channel: Channel, link: ChannelLink): Promise<void> {
  const orders = await link.fetchOrders()
  if (orders.length === 0) return
  await ledger.bookOrders(channel, orders)
  await link.confirmOrders(orders.map(({ id }) => id))
}
