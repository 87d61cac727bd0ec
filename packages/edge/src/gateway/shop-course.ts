import type { Arm, Decision } from '@headgate/core/exposure'
import {
  formatSeen,
  journeyCookieName,
  trackResponse,
  trackVisit,
  type CountedCell,
  type TrackedRequest,
  type Visit,
} from '../journey/index.ts'
import type { LiveSnapshot } from '../snapshot/index.ts'
import type { RawHeaders } from '../proxy/raw-headers.ts'
import type { Answer, Ask, Audience, Course, Destination, Ending } from '../proxy/steering.ts'
import { journeyCookie, seenCookie, visitorCookie } from './cookies.ts'
import type { PinnedTexts } from './pins.ts'
import type { SteeringParts } from './shop-steering.ts'

/** One request's decision and all that follows from it. */
export interface CourseFacts {
  readonly live: LiveSnapshot
  readonly ask: Ask
  readonly decision: Decision
  /** Some exposure or flow looks at this request, so its visitor needs an id. */
  readonly isWatched: boolean
  /** The visitor sent an id. */
  readonly isReturning: boolean
  readonly pinned: PinnedTexts
  readonly target: string
  readonly audience: Audience
  readonly tracked: TrackedRequest
  readonly visit: Visit
}

/** Obeys the snapshot that decided the request to its end, also when a newer one takes effect meanwhile. */
export class ShopCourse implements Course {
  readonly route: string
  readonly timeoutMs: number
  readonly target: string
  readonly audience: Audience
  readonly first: Destination
  readonly fallback: Destination | undefined
  readonly #parts: SteeringParts
  readonly #facts: CourseFacts
  #answer: Answer | undefined
  #cells: readonly CountedCell[] = []

  constructor(parts: SteeringParts, facts: CourseFacts) {
    const { decision } = facts
    this.#parts = parts
    this.#facts = facts
    this.route = decision.routeId
    this.timeoutMs = decision.timeoutMs
    this.target = facts.target
    this.audience = facts.audience
    this.first = { arm: decision.arm, upstream: decision.upstream }
    const fallsBack = decision.arm === 'candidate' && decision.fallback === 'control'
    this.fallback = fallsBack ? { arm: 'control', upstream: decision.controlUpstream } : undefined
  }

  headersFor(arm: Arm): RawHeaders {
    const { decision, tracked, live, pinned } = this.#facts
    const headers = ['headgate-arm', arm]
    if (decision.release !== undefined) headers.push('headgate-release', decision.release)
    const { token } = tracked
    if (token !== undefined) headers.push('headgate-journey', pinned.texts.get(token) ?? live.journeys.write(token))
    return headers
  }

  answered(answer: Answer): readonly string[] {
    this.#answer = answer
    const { ask, live, tracked, visit } = this.#facts
    const { once, evidence, now } = this.#parts
    const { status, masked: isMasked, event, path } = answer
    const { cells, tokens } = trackResponse(tracked, { status, isMasked, event, path }, once, now())
    evidence.count(cells)
    const visited = trackVisit(visit, { status, isMasked, micros: answer.firstByteMs * 1_000 }, once, live.releases)
    this.#cells = visited.cells
    const cookies = tokens.map((token) =>
      journeyCookie(journeyCookieName(token.flow), live.journeys.write(token), ask.secure),
    )
    if (visited.seen !== undefined) cookies.push(seenCookie(formatSeen(visited.seen), ask.secure))
    const newId = this.#newVisitorId(answer, cookies.length > 0)
    if (newId !== undefined) cookies.push(visitorCookie(newId, ask.secure))
    return cookies
  }

  finished(ending: Ending): void {
    const { tracked } = this.#facts
    const { once, evidence, traffic, now } = this.#parts
    if (this.#answer === undefined) {
      evidence.count(trackResponse(tracked, { status: 0, isMasked: false }, once, now()).cells)
      return
    }
    // Only now is it known whether the page came whole; a candidate that dies in mid-page has failed.
    const isBroken = ending === 'broken'
    evidence.count(isBroken ? this.#cells.map(asError) : this.#cells)
    const { status, masked, firstByteMs } = this.#answer
    traffic.count({
      routeId: this.route,
      arm: this.first.arm,
      isError: isBroken || masked || status >= 500,
      isMasked: masked,
      micros: firstByteMs * 1_000,
    })
  }

  /**
   * The id to hand out, when the visitor has none that counts. Never with a response that a shared cache may keep, where
   * it would become everybody's id; unless the response is this visitor's alone anyway.
   */
  #newVisitorId(answer: Answer, isPersonal: boolean): string | undefined {
    const { isWatched, isReturning, visit, audience } = this.#facts
    if (!isWatched || isReturning) return undefined
    if (!isPersonal && audience !== 'visitor' && answer.isSharedCacheable()) return undefined
    return visit.visitorId ?? this.#parts.drawVisitorId()
  }
}

function asError(cell: CountedCell): CountedCell {
  return cell.kind === 'page' ? { ...cell, outcome: 'error' } : cell
}
