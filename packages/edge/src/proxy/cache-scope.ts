import type { Audience } from './steering.ts'
import { headerValues, type RawHeaders } from './raw-headers.ts'

/**
 * No shared cache may hand one arm's page to the other arm's shoppers. The rule, by audience of the response:
 *
 * - `everybody`: one arm serves all, caching is the shop's business and stays as it is, unless we set a cookie.
 * - `visitor`: for this visitor's arm only, so `private`; `public`, `s-maxage`, `proxy-revalidate` and the CDN's own fields go.
 * - `url`: the same for all who sent no cookie. When the shop says that shared caches may keep it, they may, under
 *   `Vary: Cookie`, and no visitor id is handed out with it (one stored copy would give all of them the same id). Otherwise
 *   it becomes `private`, because caches may keep a response without any word by their own heuristics.
 *
 * Whatever carries a cookie of ours is `private`. Caches that ignore `Vary: Cookie` must key on `hgv` or skip these routes.
 */
export function scopeCaching(headers: RawHeaders, audience: Audience, setsCookie: boolean): RawHeaders {
  if (audience === 'everybody' && !setsCookie) return headers
  const keepsShared = audience === 'url' && !setsCookie && isSharedCacheable(headers)
  const scoped = keepsShared ? [...headers] : makePrivate(headers)
  if (audience !== 'everybody') addVaryCookie(scoped)
  return scoped
}

/** The shop itself lets shared caches keep this response. Silence is not consent. */
export function isSharedCacheable(headers: RawHeaders): boolean {
  const control = directives(headers)
  if (control.some(({ name }) => name === 'private' || name === 'no-store' || name === 'no-cache')) return false
  if (hasCdnField(headers)) return true
  return control.some(
    ({ name, value }) => name === 'public' || ((name === 's-maxage' || name === 'max-age') && Number(value) > 0),
  )
}

/** Fields by which CDNs and caches take orders beside `Cache-Control`, or before it. */
const cdnFields = new Set([
  'cdn-cache-control',
  'surrogate-control',
  'cloudflare-cdn-cache-control',
  'netlify-cdn-cache-control',
  'vercel-cdn-cache-control',
  'akamai-cache-control',
  'edge-control',
  'x-accel-expires',
])

const sharedDirectives = new Set(['public', 'private', 's-maxage', 'proxy-revalidate'])

function hasCdnField(headers: RawHeaders): boolean {
  return headers.some((name, i) => i % 2 === 0 && cdnFields.has(name.toLowerCase()))
}

function makePrivate(headers: RawHeaders): string[] {
  const kept: string[] = []
  let control = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'cache-control') control += `${headers[i + 1]},`
    else if (!cdnFields.has(lower)) kept.push(name, headers[i + 1] ?? '')
  }
  kept.push('Cache-Control', privateForm(control))
  return kept
}

/** Few different values occur, and parsing one costs more than all the rest of the scoping. */
const privateForms = new Map<string, string>()

function privateForm(control: string): string {
  const known = privateForms.get(control)
  if (known !== undefined) return known
  const own = parseDirectives(control).filter(({ name }) => !sharedDirectives.has(name))
  const isUnstored = own.some(({ name }) => name === 'no-store')
  const form = [...(isUnstored ? [] : ['private']), ...own.map(({ text }) => text)].join(', ')
  if (privateForms.size < 1_000) privateForms.set(control, form)
  return form
}

function addVaryCookie(headers: string[]): void {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'vary' && coversCookie(headers[i + 1] ?? '')) return
  }
  headers.push('Vary', 'Cookie')
}

const coversCookie = (vary: string): boolean => /(?:^|,)\s*(?:cookie|\*)\s*(?:,|$)/i.test(vary)

interface Directive {
  readonly name: string
  readonly value: string
  readonly text: string
}

function directives(headers: RawHeaders): Directive[] {
  return parseDirectives(headerValues(headers, 'cache-control').join(','))
}

/** Splits at commas outside quotes: `private="a, b"` is one directive. */
function parseDirectives(control: string): Directive[] {
  const parts = control.match(/(?:"[^"]*"?|[^,"])+/g) ?? []
  return parts.flatMap((part) => {
    const text = part.trim()
    if (text === '') return []
    const [name = '', value = ''] = text.split('=', 2)
    return [{ name: name.trim().toLowerCase(), value: value.trim().replaceAll('"', ''), text }]
  })
}
