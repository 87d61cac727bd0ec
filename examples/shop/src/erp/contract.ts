import { z } from 'zod'

export const channels = ['legacy', 'commerce'] as const
export type Channel = (typeof channels)[number]

const common = { id: z.uuid() }

/** What the ERP tells a channel. Prices carry a version: an older one never overwrites a newer. Stock travels as receipts, not
 * as levels, because a level would undo the sales made while it was on its way. */
export const erpEvent = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('price-changed'),
    sku: z.string(),
    cents: z.int().positive(),
    previousCents: z.int().positive(),
    version: z.int().positive(),
  }),
  z.object({ ...common, kind: z.literal('stock-received'), sku: z.string(), quantity: z.int().positive() }),
  /** Money of a gift card that was spent at the other channel. */
  z.object({ ...common, kind: z.literal('gift-card-spent'), code: z.string(), cents: z.int().positive() }),
])
export type ErpEvent = z.infer<typeof erpEvent>

export const erpEventBatch = z.object({ events: z.array(erpEvent).max(500) })

/** Orders that the ERP has not confirmed yet, oldest first. */
export const orderExport = z.object({
  orders: z.array(
    z.object({
      id: z.uuid(),
      number: z.string(),
      totalCents: z.int(),
      placedAt: z.iso.datetime(),
      giftCard: z.object({ code: z.string(), cents: z.int().positive() }).exactOptional(),
      lines: z.array(z.object({ sku: z.string(), quantity: z.int().positive() })),
    }),
  ),
})
export type OrderExport = z.infer<typeof orderExport>

export const orderConfirmation = z.object({ ids: z.array(z.uuid()).max(500) })
