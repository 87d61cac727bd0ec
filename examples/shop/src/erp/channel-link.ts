import { Pool, type Dispatcher } from 'undici'
import { orderExport, type ErpEvent, type OrderExport } from './contract.ts'

/** One channel as the ERP reaches it; every call fails by throwing, and is made again on the next round. */
export interface ChannelLink {
  deliver(events: readonly ErpEvent[]): Promise<void>
  fetchOrders(): Promise<OrderExport['orders']>
  confirmOrders(ids: readonly string[]): Promise<void>
  close(): Promise<void>
}

const timeoutMs = 5_000

export function createChannelLink(url: string): ChannelLink {
  const pool = new Pool(url, { connections: 2, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await pool.request({ method: 'POST', path, headers, body: JSON.stringify(body) })
    await answer.body.dump()
    expectSuccess(answer, path)
  }
  return {
    deliver: (events) => post('/erp/events', { events }),
    fetchOrders: async () => {
      const answer = await pool.request({ method: 'GET', path: '/erp/orders' })
      expectSuccess(answer, '/erp/orders')
      return orderExport.parse(await answer.body.json()).orders
    },
    confirmOrders: (ids) => post('/erp/orders/confirm', { ids }),
    close: () => pool.close(),
  }
}

function expectSuccess(answer: Dispatcher.ResponseData, path: string): void {
  if (answer.statusCode >= 300) throw new Error(`the channel answered ${answer.statusCode} to ${path}`)
}
