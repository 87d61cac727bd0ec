import type { Arm } from '@headgate/core/exposure'
import type { RawHeaders } from './raw-headers.ts'
import type { Refusal } from './refusal.ts'

/** Where one arm of a request is served. */
export interface Destination {
  readonly arm: Arm
  /** Base URL of the component, e.g. `http://127.0.0.1:4001`. */
  readonly upstream: string
}

/**
 * For whom the response of a request is: the same for everybody, for this visitor's arm only, or decided by the URL for all
 * who sent no visitor cookie. Decides what shared caches may do with it (cache-scope.ts).
 */
export type Audience = 'everybody' | 'visitor' | 'url'

/** What the proxy asks about a request. Cookies are the raw values of all `Cookie` fields, joined by `; `. */
export interface Ask {
  readonly method: string
  /** Path and query, origin form. */
  readonly target: string
  readonly cookies: string
  /** The shopper's connection is https, as far as the gateway knows. */
  readonly secure: boolean
  /** The browser fetches ahead (`Sec-Purpose: prefetch`); the shopper has not gone there. */
  readonly speculative: boolean
  /** All fields, names in lower case: who the request says it is. */
  readonly fields: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What became of a request, when its response head is known. */
export interface Answer {
  /** The arm that answered; the other one than decided when a failure was masked. */
  readonly servedBy: Arm
  /** 502, 503 or 504 when no upstream answered. */
  readonly status: number
  /** The candidate failed before its first byte and control answered instead. */
  readonly masked: boolean
  readonly firstByteMs: number
  /** Upstream's `headgate-event` and `headgate-path`, already removed from the response. */
  readonly event: string | undefined
  readonly path: string | undefined
  /** A shared cache may keep the response, so it must carry nothing of one visitor if that can be helped. */
  isSharedCacheable(): boolean
}

/** `broken`: the upstream gave up in mid-response; `abandoned`: the shopper did. */
export type Ending = 'whole' | 'broken' | 'abandoned'

/** The decision for one request and the accounts to be settled for it. Each of the last two is called at most once, in order. */
export interface Course {
  readonly route: string
  /** Budget of one upstream to its first byte. Both arms get the whole of it: else the slower one would be judged by a shorter clock. */
  readonly timeoutMs: number
  /** Path and query as upstreams are to see them. */
  readonly target: string
  readonly first: Destination
  /** Where an idempotent request goes when `first` fails before its first byte. */
  readonly fallback: Destination | undefined
  readonly audience: Audience
  /** Fields that tell an upstream its arm, release and journey. */
  headersFor(arm: Arm): RawHeaders
  /** Takes note of the answer and returns the `Set-Cookie` values for the shopper. */
  answered(answer: Answer): readonly string[]
  /** The exchange is over; without `answered` before it, the shopper left before there was an answer. */
  finished(ending: Ending): void
}

/** Decides where requests go. */
export interface Steering {
  steer(ask: Ask): Course | Refusal
}
