/** Header fields as they were on the wire: name, value, name, value. Order, case and repeats are kept. */
export type RawHeaders = readonly string[]

/** Fields that belong to one connection (RFC 9110, 7.6.1) and are never passed on, named in `Connection` or not. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export const isHopByHop = (lowerName: string): boolean => hopByHop.has(lowerName)

/** Lower-cased names that `Connection` declares hop-by-hop beyond the fixed ones; undefined when there are none. */
export function connectionNames(connection: string): ReadonlySet<string> | undefined {
  const lower = connection.toLowerCase()
  if (lower === 'keep-alive' || lower === 'close' || lower === 'upgrade') return undefined
  const names = lower
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'close' && !hopByHop.has(name))
  return names.length === 0 ? undefined : new Set(names)
}

/** First value of a field, or undefined. `lowerName` is lower case. */
export function headerValue(headers: RawHeaders, lowerName: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === lowerName) return headers[i + 1] ?? ''
  }
  return undefined
}

/** All values of a field, in order. */
export function headerValues(headers: RawHeaders, lowerName: string): string[] {
  const values: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === lowerName) values.push(headers[i + 1] ?? '')
  }
  return values
}

const forbiddenInValue = /[^\t\u0020-\u007e\u0080-\u00ff]/

/** A value without control characters (RFC 9110, 5.5); anything else could split a message. */
export const isCleanValue = (value: string): boolean => !forbiddenInValue.test(value)
