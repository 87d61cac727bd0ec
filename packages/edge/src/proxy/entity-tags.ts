import type { Arm } from '@headgate/core/exposure'
import type { RawHeaders } from './raw-headers.ts'

/*
 * A validator of one arm must not validate on the other: equal entity tags (a content id, a file time) would turn into a
 * 304 that shows the other arm's page. On exposed routes tags carry the arm as a suffix on the way out; on the way in only
 * tags of the arm that is asked pass, without the suffix. `Last-Modified` cannot carry an arm, so a bare date condition
 * on a read is dropped: one full response instead of a wrong one.
 */

const suffixes = { control: '--hgc', candidate: '--hgn' } as const satisfies Record<Arm, string>
const tagPattern = /(?:W\/)?"[^"]*"/g

/** Marks the response's entity tag with the arm that made it. */
export function markEntityTag(headers: RawHeaders, arm: Arm): RawHeaders {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.length === 4 && name.toLowerCase() === 'etag')
  const tag = headers[at + 1]
  if (at < 0 || tag === undefined || !tag.endsWith('"')) return headers
  return headers.with(at + 1, `${tag.slice(0, -1)}${suffixes[arm]}"`)
}

/** The condition cannot hold at this arm: a write meant for the other arm's version of the resource. */
export interface PreconditionFailed {
  readonly kind: 'precondition-failed'
}

/** Rewrites the conditional fields of a request for one arm; drops those that speak of another arm's responses. */
export function conditionsFor(headers: RawHeaders, arm: Arm): RawHeaders | PreconditionFailed {
  if (!hasCondition(headers)) return headers
  const kept: string[] = []
  let keepsNoneMatch = false
  let dropsRange = false
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    const condition = readCondition(name, value, arm)
    if (condition.kind === 'foreign' && condition.field === 'if-match') return { kind: 'precondition-failed' }
    if (condition.kind === 'foreign') dropsRange ||= condition.field === 'if-range'
    else kept.push(name, condition.kind === 'own' ? condition.value : value)
    keepsNoneMatch ||= condition.kind === 'own' && condition.field === 'if-none-match'
  }
  return withoutDates(kept, keepsNoneMatch, dropsRange)
}

type Condition =
  | { readonly kind: 'none' }
  | { readonly kind: 'own'; readonly field: string; readonly value: string }
  | { readonly kind: 'foreign'; readonly field: string }

function readCondition(name: string, value: string, arm: Arm): Condition {
  const field = name.toLowerCase()
  if (field !== 'if-none-match' && field !== 'if-match' && field !== 'if-range') return { kind: 'none' }
  if (value.trim() === '*') return { kind: 'own', field, value }
  const ending = `${suffixes[arm]}"`
  const own = (value.match(tagPattern) ?? []).flatMap((tag) =>
    tag.endsWith(ending) ? [`${tag.slice(0, -ending.length)}"`] : [],
  )
  return own.length === 0 ? { kind: 'foreign', field } : { kind: 'own', field, value: own.join(', ') }
}

function withoutDates(headers: RawHeaders, keepsNoneMatch: boolean, dropsRange: boolean): RawHeaders {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const field = headers[i]?.toLowerCase()
    if (field === 'if-modified-since' && !keepsNoneMatch) continue
    if (field === 'range' && dropsRange) continue
    kept.push(headers[i] ?? '', headers[i + 1] ?? '')
  }
  return kept
}

function hasCondition(headers: RawHeaders): boolean {
  return headers.some((name, i) => i % 2 === 0 && /^if-/i.test(name))
}
