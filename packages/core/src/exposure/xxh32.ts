const prime1 = 0x9e3779b1
const prime2 = 0x85ebca77
const prime3 = 0xc2b2ae3d
const prime4 = 0x27d4eb2f
const prime5 = 0x165667b1

/**
 * xxHash32 of a text whose characters are single bytes (visitor ids and canonical paths are ASCII), read in place.
 * The same number as HAProxy's `xxh32(seed)` converter gives, so that both data planes draw the same cohorts.
 * Source: Yann Collet, xxHash specification 0.1.1, section XXH32.
 */
export function xxh32(text: string, seed: number): number {
  const length = text.length
  const stripesEnd = length - (length & 15)
  let hash = stripesEnd === 0 ? (seed + prime5) | 0 : hashStripes(text, stripesEnd, seed)
  hash = (hash + length) | 0
  let at = stripesEnd
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(word(text, at), prime3), 17), prime4)
  }
  for (; at < length; at += 1) {
    hash = Math.imul(rotate(hash + Math.imul(text.charCodeAt(at), prime5), 11), prime1)
  }
  return avalanche(hash)
}

/** Buckets are numbered 0..9999: a share of n basis points is the buckets below n. */
export const bucketCount = 10_000

/** The bucket that a visitor id (or a canonical path, for the URL dial) falls into for one release. */
export function bucketOf(key: string, salt: number): number {
  return xxh32(key, salt) % bucketCount
}

function hashStripes(text: string, end: number, seed: number): number {
  let a = (seed + prime1 + prime2) | 0
  let b = (seed + prime2) | 0
  let c = seed | 0
  let d = (seed - prime1) | 0
  for (let at = 0; at < end; at += 16) {
    a = Math.imul(rotate(a + Math.imul(word(text, at), prime2), 13), prime1)
    b = Math.imul(rotate(b + Math.imul(word(text, at + 4), prime2), 13), prime1)
    c = Math.imul(rotate(c + Math.imul(word(text, at + 8), prime2), 13), prime1)
    d = Math.imul(rotate(d + Math.imul(word(text, at + 12), prime2), 13), prime1)
  }
  return (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
}

function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 15), prime2)
  mixed = Math.imul(mixed ^ (mixed >>> 13), prime3)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

/** Four characters as a little-endian 32-bit word. */
function word(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  )
}
