import type { OrderExport } from './contract.ts'

/** Both channels' tables give this shape. */
export interface ExportRow {
  readonly id: string
  readonly number: string
  readonly placedAt: Date
  readonly totalCents: number
  readonly giftCardCode: string | null
  readonly giftCardCents: number
  readonly lines: { sku: string; quantity: number }[]
}

export function toExport(row: ExportRow): OrderExport['orders'][number] {
  const { giftCardCode, giftCardCents, placedAt, ...order } = row
  const giftCard =
    giftCardCode === null || giftCardCents === 0 ? {} : { giftCard: { code: giftCardCode, cents: giftCardCents } }
  return { ...order, placedAt: placedAt.toISOString(), ...giftCard }
}
