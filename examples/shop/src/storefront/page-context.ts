import { setCookie } from 'hono/cookie'
import type { PageFrame } from '../web/layout.ts'
import type { Session } from './session.ts'

export type StorefrontEnv = { Variables: { session: Session } }

export type FrameFor = (session: Session | undefined) => Promise<PageFrame>

/** For whatever belongs to one shopper. */
export const privatePage = { 'cache-control': 'private, no-store' }
/**
 * For pages that are the same for everybody: whoever keeps them has to ask each time. Not `public`: this shop has no shared cache in
 * front, so visitors may be known from their first page on.
 */
export const browsedPage = { 'cache-control': 'no-cache' }

/** Set the session cookie of this storefront. */
export function keepCookie(c: Parameters<typeof setCookie>[0], [name, value]: readonly [string, string]): void {
  setCookie(c, name, value, { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 7 * 24 * 3_600 })
}
