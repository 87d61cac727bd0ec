import type { IncomingMessage } from 'node:http'
import { connectionNames, headerValues, isHopByHop, type RawHeaders } from './raw-headers.ts'
import type { CheckedRequest } from './request-check.ts'

/** What upstreams are told about the shopper's connection. */
export interface Forwarding {
  readonly clientAddress: string
  readonly proto: 'http' | 'https'
  /** The peer is one of our own proxies, so what it says about the connection before it is kept. */
  readonly trusted: boolean
}

/**
 * The shopper's fields as an upstream may see them, without those of one arm: connection fields removed, our own names
 * removed (nobody outside may claim an arm or a journey), forwarding fields completed. `Host` is the client's.
 */
export function forwardedHeaders(request: IncomingMessage, checked: CheckedRequest, from: Forwarding): string[] {
  const raw = request.rawHeaders
  const named = connectionNames(request.headers.connection ?? '')
  const headers: string[] = []
  let forwardedFor = ''
  let via = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'x-forwarded-for') forwardedFor += `${value}, `
    else if (lower === 'via') via += `${value}, `
    else if (isPassedOn(lower, from.trusted) && named?.has(lower) !== true) headers.push(name, value)
  }
  headers.push('x-forwarded-for', `${forwardedFor}${from.clientAddress}`)
  if (!from.trusted || headerValues(raw, 'x-forwarded-proto').length === 0)
    headers.push('x-forwarded-proto', from.proto)
  if (!from.trusted || headerValues(raw, 'x-forwarded-host').length === 0)
    headers.push('x-forwarded-host', checked.host)
  headers.push('via', `${via}1.${request.httpVersionMinor} headgate`)
  if (checked.contentLength !== undefined) headers.push('content-length', String(checked.contentLength))
  return headers
}

/** Replaced by what the gateway itself knows, unless a trusted proxy says it. */
const claims = new Set(['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-real-ip', 'forwarded'])

function isPassedOn(lower: string, trusted: boolean): boolean {
  if (isHopByHop(lower) || lower === 'host' || lower === 'content-length' || lower === 'expect') return false
  // Upstreams that turn fields into variables read `headgate_arm` as `headgate-arm`.
  const plain = lower.includes('_') ? lower.replaceAll('_', '-') : lower
  if (plain.startsWith('headgate-')) return false
  return plain === lower ? trusted || !claims.has(plain) : !isForwarding(plain)
}

const isForwarding = (name: string): boolean => claims.has(name) || name === 'x-forwarded-for' || isHopByHop(name)

/** `forwarded` is as above; `own` tells the arm; `host` is what the upstream is addressed by. */
export function headersTo(forwarded: RawHeaders, own: RawHeaders, host: string): string[] {
  return ['host', host, ...forwarded, ...own]
}
