import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** All a storefront remembers of a shopper, in a signed cookie of its own: nothing to store, nothing to lose on a restart. */
export interface Session {
  readonly cartId?: string
  /** Pieces in the cart, for the header of pages that do not read the cart. */
  readonly items: number
  /** Orders of this shopper, newest first. */
  readonly orders: readonly string[]
}

export const emptySession: Session = { items: 0, orders: [] }

const ordersRemembered = 5
const payload = z.strictObject({
  c: z.uuid().exactOptional(),
  n: z.int().min(0),
  o: z.array(z.uuid()).max(ordersRemembered),
})

export interface SessionCodec {
  encode(session: Session): string
  /** The session, or an empty one when the cookie is absent, forged or malformed. */
  decode(text: string | undefined): Session
}

/** `base64url(json).hmac-sha256`. The two storefronts have different cookie names and secrets: neither reads the other's. */
export function createSessionCodec(secret: string): SessionCodec {
  const seal = (body: string) => createHmac('sha256', secret).update(body).digest('base64url')
  return {
    encode(session) {
      const { cartId, items, orders } = session
      const fields = { ...(cartId === undefined ? {} : { c: cartId }), n: items, o: orders }
      const body = Buffer.from(JSON.stringify(fields)).toString('base64url')
      return `${body}.${seal(body)}`
    },
    decode(text) {
      const [body, mac] = text === undefined || text.length > 1_000 ? [] : text.split('.')
      if (body === undefined || mac === undefined || !sameText(seal(body), mac)) return emptySession
      const parsed = payload.safeParse(parseJson(body))
      if (!parsed.success) return emptySession
      const { c, n, o } = parsed.data
      return { ...(c === undefined ? {} : { cartId: c }), items: n, orders: o }
    },
  }
}

/** After an order the cart is done; the next line opens a new one. */
export function afterOrder(session: Session, orderId: string): Session {
  return { items: 0, orders: [orderId, ...session.orders.filter((id) => id !== orderId)].slice(0, ordersRemembered) }
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
