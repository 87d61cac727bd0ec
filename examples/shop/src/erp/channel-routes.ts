import { Hono } from 'hono'
import { erpEventBatch, orderConfirmation, type ErpEvent, type OrderExport } from './contract.ts'

/** What a sales channel offers the ERP, on its internal port. */
export interface ErpChannel {
  /** Apply in one transaction, each event once. Says how many were new. */
  apply(events: readonly ErpEvent[]): Promise<number>
  ordersToExport(limit: number): Promise<OrderExport['orders']>
  confirmExported(ids: readonly string[]): Promise<void>
}

export function erpChannelRoutes(channel: ErpChannel): Hono {
  return new Hono()
    .post('/events', async (c) => {
      const batch = erpEventBatch.safeParse(await c.req.json().catch(() => undefined))
      if (!batch.success) return c.json({ error: 'not a batch of ERP events' }, 400)
      // By article: two batches at work at the same time lock rows in the same order. Events of one article keep their order.
      const events = [...batch.data.events].sort((a, b) => compareText(articleOf(a), articleOf(b)))
      const applied = await channel.apply(events)
      return c.json({ applied, repeated: events.length - applied })
    })
    .get('/orders', async (c) => c.json({ orders: await channel.ordersToExport(200) }))
    .post('/orders/confirm', async (c) => {
      const confirmation = orderConfirmation.safeParse(await c.req.json().catch(() => undefined))
      if (!confirmation.success) return c.json({ error: 'not a list of order ids' }, 400)
      await channel.confirmExported(confirmation.data.ids)
      return c.body(null, 204)
    })
}

function articleOf(event: ErpEvent): string {
  return event.kind === 'gift-card-spent' ? event.code : event.sku
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
