import type { Arm } from '@headgate/core/exposure'
import { scopeCaching } from './cache-scope.ts'
import { markEntityTag } from './entity-tags.ts'
import type { RawHeaders } from './raw-headers.ts'
import type { Audience } from './steering.ts'

/** The fields a shopper gets: entity tag marked with its arm, caching scoped to its audience, our cookies added. */
export function responseHeaders(
  headers: RawHeaders,
  arm: Arm,
  audience: Audience,
  cookies: readonly string[],
): readonly string[] {
  const marked = audience === 'everybody' ? headers : markEntityTag(headers, arm)
  const scoped = scopeCaching(marked, audience, cookies.length > 0)
  return cookies.length === 0 ? scoped : [...scoped, ...cookies.flatMap((cookie) => ['Set-Cookie', cookie])]
}
