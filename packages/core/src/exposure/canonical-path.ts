/** A path that can be read in one way only, or the finding that it cannot; answer a suspicious request with 400. */
export type CanonicalPath = `/${string}` | 'suspicious'

/**
 * The one form of a request target's path by which routes are matched and URLs are hashed: no dot segments, no doubled
 * slashes, unreserved characters decoded, escapes in upper case; a trailing slash stays. The query is left out. Send the
 * canonical path upstream, so that the upstream reads what was classified.
 *
 * Suspicious, because an upstream could read it as another route: not origin-form, encoded slash, backslash, dot segment
 * or NUL (also encoded twice), dot segments that climb above the root, dots or nothing before `;` parameters, broken escapes,
 * fragments, control characters and bytes beyond ASCII.
 *
 * Nothing is allocated for a path that already is canonical and has no query.
 */
export function canonicalPath(target: string): CanonicalPath {
  if (target.length === 0 || target.charCodeAt(0) !== slash) return 'suspicious'
  let isCanonical = true
  let end = target.length
  for (let at = 0; at < end; at += 1) {
    const kind = kindOf(target.charCodeAt(at))
    if (kind === plain) continue
    if (kind === refused) return 'suspicious'
    if (kind === queryStart) end = at
    else if (kind === escape || isIrregularAfterSlash(target.charCodeAt(at + 1))) isCanonical = false
  }
  const path = end === target.length ? target : target.slice(0, end)
  return isCanonical ? rooted(path) : normalise(path)
}

/** The part of a request target after its first `?`, without the `?`; empty when there is none. */
export function queryOf(target: string): string {
  const at = target.indexOf('?')
  return at < 0 ? '' : target.slice(at + 1)
}

const slash = 0x2f
const percent = 0x25
const dot = 0x2e
const semicolon = 0x3b

/** What a character means to the scan; one table lookup each, because this is on the way of every request. */
const plain = 0
const refused = 1
const queryStart = 2
const escape = 3
const segmentStart = 4
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (code <= 0x20 || code === 0x7f || character === '\\' || character === '#') return refused
  const known: Readonly<Record<string, number>> = { '?': queryStart, '%': escape, '/': segmentStart }
  return known[character] ?? plain
})

function kindOf(code: number): number {
  return kinds[code] ?? refused
}

/** A doubled slash, or a segment that begins with a dot or a parameter. */
function isIrregularAfterSlash(code: number): boolean {
  return code === slash || code === dot || code === semicolon
}

function normalise(path: string): CanonicalPath {
  const segments: string[] = []
  const parts = path.split('/')
  for (const part of parts) {
    const segment = part.includes('%') ? decodeUnreserved(part) : part
    if (segment === undefined || isDisguised(part, segment)) return 'suspicious'
    if (segment === '..') {
      if (segments.pop() === undefined) return 'suspicious'
    } else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const last = parts.at(-1)
  const isDirectory = last === '' || last === '.' || last === '..'
  return `/${segments.join('/')}${isDirectory && segments.length > 0 ? '/' : ''}`
}

/** Dots that were escaped, or dots and nothing that servlet containers see once they have cut off `;` parameters. */
function isDisguised(written: string, decoded: string): boolean {
  if ((decoded === '.' || decoded === '..') && written !== decoded) return true
  return /^\.{0,2}(;|%3B)/i.test(decoded)
}

/** The segment with needless escapes removed and the others in upper case; undefined when an upstream may read it differently. */
function decodeUnreserved(segment: string): string | undefined {
  let text = ''
  for (let at = 0; at < segment.length; at += 1) {
    if (segment.charCodeAt(at) !== percent) {
      text += segment.charAt(at)
      continue
    }
    const digits = segment.slice(at + 1, at + 3)
    if (!/^[0-9A-Fa-f]{2}$/.test(digits) || isHidden(digits, segment.slice(at + 3, at + 5))) return undefined
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    text += /[A-Za-z0-9._~-]/.test(character) ? character : `%${digits.toUpperCase()}`
    at += 2
  }
  return text
}

const hiddenBytes: ReadonlySet<string> = new Set(['2f', '5c', '00'])
const hiddenTwice: ReadonlySet<string> = new Set(['2f', '5c', '00', '2e', '25'])

/** An escaped slash, backslash or NUL, or an escaped percent sign in front of one: what a second decoding would turn into one. */
function isHidden(digits: string, next: string): boolean {
  const byte = digits.toLowerCase()
  return hiddenBytes.has(byte) || (byte === '25' && hiddenTwice.has(next.toLowerCase()))
}

function rooted(path: string): CanonicalPath {
  return isRooted(path) ? path : 'suspicious'
}

function isRooted(path: string): path is `/${string}` {
  return path.charCodeAt(0) === slash
}
