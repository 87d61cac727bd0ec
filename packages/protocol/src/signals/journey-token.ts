import type { Arm } from '@headgate/core/exposure'

/**
 * What a visitor's journey carries through the shop: which release and arm it belongs to, with which probability the arm
 * was drawn, on which path and since when. Travels as the cookie `hgj` and as the request header `headgate-journey`.
 */
export interface JourneyToken {
  readonly release: string
  readonly arm: Arm
  /** Probability of the candidate when the arm was frozen, basis points. */
  readonly share: number
  readonly flow: string
  /** Empty until the journey becomes a unit of evidence. */
  readonly path: string
  readonly id: string
  readonly pinnedAt: number
  /** 0 until the journey becomes a unit of evidence. */
  readonly startedAt: number
  /** `pinned`: arm frozen, not a unit yet; `started`: a unit; `settled`: its outcome is known and counted. */
  readonly state: 'pinned' | 'started' | 'settled'
}

/** Keyed message authentication code over text, e.g. HMAC-SHA256 in base64url; the runtime provides it. */
export type Mac = (text: string) => string

const fieldPattern = /^[A-Za-z0-9_-]*$/
const arms = { c: 'control', n: 'candidate' } as const
const states = { p: 'pinned', s: 'started', z: 'settled' } as const

/** `1.release.arm.share.flow.path.id.pinnedAt.startedAt.state.mac`; times in base 36. Ids must match `[A-Za-z0-9_-]*`. */
export function encodeJourneyToken(token: JourneyToken, mac: Mac): string {
  const body = [
    '1',
    token.release,
    token.arm === 'control' ? 'c' : 'n',
    token.share.toString(36),
    token.flow,
    token.path,
    token.id,
    token.pinnedAt.toString(36),
    token.startedAt.toString(36),
    token.state === 'settled' ? 'z' : token.state.charAt(0),
  ].join('.')
  return `${body}.${mac(body)}`
}

/**
 * The token, or undefined when it is malformed or its code does not match (a forged or truncated cookie).
 * `sameText` must compare in constant time.
 */
export function decodeJourneyToken(
  text: string,
  mac: Mac,
  sameText: (a: string, b: string) => boolean,
): JourneyToken | undefined {
  if (text.length > 1_000) return undefined
  const cut = text.lastIndexOf('.')
  if (cut < 0 || !sameText(mac(text.slice(0, cut)), text.slice(cut + 1))) return undefined
  const fields = text.slice(0, cut).split('.')
  if (fields.length !== 10 || !fields.every((field) => fieldPattern.test(field))) return undefined
  const [version, release = '', armCode, share = '', flow = '', path = '', id = '', pinnedAt = '', startedAt = ''] =
    fields
  const arm = armCode === 'c' || armCode === 'n' ? arms[armCode] : undefined
  const stateCode = fields[9]
  const state = stateCode === 'p' || stateCode === 's' || stateCode === 'z' ? states[stateCode] : undefined
  if (version !== '1' || arm === undefined || state === undefined) return undefined
  return {
    release,
    arm,
    share: Number.parseInt(share, 36),
    flow,
    path,
    id,
    pinnedAt: Number.parseInt(pinnedAt, 36),
    startedAt: Number.parseInt(startedAt, 36),
    state,
  }
}
