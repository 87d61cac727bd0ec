import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { decodeJourneyToken, encodeJourneyToken, type JourneyToken } from '@headgate/protocol/signals'
import { createRecent } from './recent.ts'

/** Reads and writes journey tokens with the snapshot's journey key. */
export interface JourneyCodec {
  /** The token, or undefined when it is forged, truncated or not ours. */
  read(text: string): JourneyToken | undefined
  write(token: JourneyToken): string
}

/** Name of the cookie that carries a flow's token. */
export function journeyCookieName(flow: string): string {
  return `hgj_${flow}`
}

/** Verified tokens that are remembered, since a shopper sends the same one with every request. */
const rememberedTokens = 16_384

/** `journeyKey` is base64url, as in the snapshot. */
export function createJourneyCodec(journeyKey: string): JourneyCodec {
  const key = createSecretKey(Buffer.from(journeyKey, 'base64url'))
  const mac = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  // Only what was verified is remembered, whole text and code: reading again costs a lookup instead of ten microseconds.
  const verified = createRecent<string, JourneyToken>(rememberedTokens)
  return {
    read(text) {
      const known = verified.get(text)
      if (known !== undefined) return known
      const token = decodeJourneyToken(text, mac, isSameText)
      if (token !== undefined) verified.set(text, token)
      return token
    },
    write: (token) => encodeJourneyToken(token, mac),
  }
}

function isSameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
