import { createHmac, timingSafeEqual } from 'node:crypto'
import { decodeJourneyToken, encodeJourneyToken, type JourneyToken } from '@headgate/protocol/signals'

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

/** `journeyKey` is base64url, as in the snapshot. */
export function createJourneyCodec(journeyKey: string): JourneyCodec {
  const key = Buffer.from(journeyKey, 'base64url')
  const mac = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  return {
    read: (text) => decodeJourneyToken(text, mac, isSameText),
    write: (token) => encodeJourneyToken(token, mac),
  }
}

function isSameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
