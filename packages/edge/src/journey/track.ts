import { drawArm, isInForce, type CompiledExposure, type Visitor } from '@headgate/core/exposure'
import { journeySlotMs } from '@headgate/core/gate'
import type { Instant } from '@headgate/core/model'
import type { JourneyToken } from '@headgate/protocol/signals'
import type { CountedCell } from './counted-cell.ts'
import {
  countingExposure,
  failsAt,
  journeyIdOf,
  pathAt,
  pathNamed,
  stepAt,
  stepReported,
  tokenOf,
  type CompiledFlow,
} from './flows.ts'
import type { Once } from './once.ts'

export interface JourneyRequest {
  readonly method: string
  /** The visitor that `decide` was asked about; its pins are the verified tokens of the `hgj_*` cookies. */
  readonly visitor: Visitor & { readonly pins: readonly JourneyToken[] }
  readonly query: string
  /** The visitor sent the `hgv` cookie: only then can the journey become a unit of evidence. */
  readonly isReturning: boolean
  /** Prefetched or prerendered (`Sec-Purpose`): the shopper has not gone there. */
  readonly isSpeculative: boolean
}

export interface JourneyResponse {
  /** As the shopper gets it; 0 when there was none (the shopper left). */
  readonly status: number
  /** The candidate failed and control answered instead. */
  readonly isMasked: boolean
  /** Values of the response headers `headgate-event` and `headgate-path`. */
  readonly event?: string | undefined
  readonly path?: string | undefined
}

/** A request's journeys between its two halves: hand it to {@link trackResponse} whatever became of the request. */
export interface TrackedRequest {
  readonly request: JourneyRequest
  readonly progress: readonly JourneyProgress[]
  /** What upstreams are told in the header `headgate-journey`: the journey of this step, else any that the visitor has. */
  readonly token: JourneyToken | undefined
}

interface JourneyProgress {
  readonly flow: CompiledFlow
  readonly exposure: CompiledExposure
  readonly step: number
  readonly before: JourneyToken | undefined
  readonly token: JourneyToken | undefined
}

/** What a response changes: cells to count, and the tokens to set as `hgj_<flow>` cookies. */
export interface JourneyChange {
  readonly cells: readonly CountedCell[]
  readonly tokens: readonly JourneyToken[]
}

const noProgress: readonly JourneyProgress[] = []
const noChange: JourneyChange = { cells: [], tokens: [] }

/** Moves the visitor's journeys by the step that the request is at; nothing is counted before the response is known. */
export function trackRequest(flows: readonly CompiledFlow[], request: JourneyRequest, now: Instant): TrackedRequest {
  let progress: JourneyProgress[] | undefined
  for (const flow of flows) {
    const next = progressOf(flow, request, now)
    if (next !== undefined) progress = progress === undefined ? [next] : [...progress, next]
  }
  if (progress === undefined) return { request, progress: noProgress, token: undefined }
  const here = progress.find(({ step, token }) => step >= 0 && token !== undefined)
  return { request, progress, token: (here ?? progress.find(({ token }) => token !== undefined))?.token }
}

function progressOf(flow: CompiledFlow, request: JourneyRequest, now: Instant): JourneyProgress | undefined {
  const { method, query, visitor } = request
  if (visitor.visitorId === undefined || request.isSpeculative) return undefined
  const exposure = countingExposure(flow, visitor.pins, now)
  if (exposure === undefined) return undefined
  const before = tokenOf(flow, exposure, visitor.pins)
  const step = stepAt(flow, method, visitor.path, query)
  if (step < 0 && before === undefined && !flow.hasEventSteps) return undefined
  return { flow, exposure, step, before, token: advance({ flow, exposure, before, step, request }, now) }
}

/** Counts what the response settles. `once` drops what parallel requests of one visitor would count twice. */
export function trackResponse(
  tracked: TrackedRequest,
  response: JourneyResponse,
  once: Once,
  now: Instant,
): JourneyChange {
  if (tracked.progress === noProgress) return noChange
  const cells: CountedCell[] = []
  const tokens: JourneyToken[] = []
  for (const progress of tracked.progress) {
    const moved = startOf(progress, tracked.request, response, now)
    const isStart = moved !== undefined && isStarted(moved) && !isStarted(progress.before)
    // A start that was counted already keeps its place: the outcome must fall into the slot and path of the one counted.
    const token = isStart ? once.startOf(moved) : moved
    if (isStart && token === moved) cells.push(cellOf(moved, 'started'))
    const outcome = token === undefined ? undefined : outcomeOf(progress, token, response)
    if (token !== undefined && outcome !== undefined)
      cells.push(...outcomeCells(progress, token, outcome, { once, now }))
    const settled = token === undefined || outcome === undefined ? token : settle(token)
    if (settled !== undefined && settled !== progress.before) tokens.push(settled)
  }
  return cells.length === 0 && tokens.length === 0 ? noChange : { cells, tokens }
}

/** Outcomes are remembered under the journey's id with this mark. */
const outcomeMark = 2

function isStarted(token: JourneyToken | undefined): boolean {
  return token?.state === 'started'
}

function settle(token: JourneyToken): JourneyToken {
  return { ...token, state: 'settled' }
}

/** The token once the response's event and path are known: an event step pins and starts as a matched one does. */
function startOf(
  progress: JourneyProgress,
  request: JourneyRequest,
  response: JourneyResponse,
  now: Instant,
): JourneyToken | undefined {
  const { flow, before } = progress
  const reported = stepReported(flow, response.event)
  const token =
    reported < 0 ? progress.token : advance({ ...progress, before: progress.token, step: reported, request }, now)
  const path = isStarted(token) && !isStarted(before) ? pathNamed(flow, response.path) : undefined
  return token === undefined || path === undefined || path === token.path ? token : { ...token, path }
}

function outcomeOf(
  { flow, step }: JourneyProgress,
  token: JourneyToken,
  response: JourneyResponse,
): 'completed' | 'failed' | undefined {
  if (!isStarted(token)) return undefined
  const { status, isMasked, event } = response
  if (event === 'failed' || (step >= 0 && (isMasked || failsAt(flow, step, status)))) return 'failed'
  if (stepReported(flow, event) === flow.completesAt && flow.completesAt >= 0) return 'completed'
  return step >= 0 && step === flow.completesAt && status >= 200 && status < 400 ? 'completed' : undefined
}

/** A journey that outlived its horizon was counted as abandoned: what happens later is no evidence any more. */
function outcomeCells(
  { flow }: JourneyProgress,
  token: JourneyToken,
  outcome: 'completed' | 'failed',
  { once, now }: { once: Once; now: Instant },
): CountedCell[] {
  if (now - token.startedAt > (flow.flow.horizonMs ?? Number.POSITIVE_INFINITY)) return []
  return once.isFirst(token.id, outcomeMark) ? [cellOf(token, outcome)] : []
}

interface Move {
  readonly flow: CompiledFlow
  readonly exposure: CompiledExposure
  readonly before: JourneyToken | undefined
  readonly step: number
  readonly request: JourneyRequest
}

function advance(move: Move, now: Instant): JourneyToken | undefined {
  const { flow, exposure, before, step, request } = move
  if (step < 0 || step < flow.pinnedFrom || !isInForce(exposure, now)) return before
  // The end of a journey is no reason to freeze an arm.
  if (step === flow.completesAt && step !== flow.startsAt) return before
  const token = pinned(move, now)
  if (step !== flow.startsAt || token?.state !== 'pinned' || !request.isReturning) return token
  const { method, visitor, query } = request
  return { ...token, state: 'started', startedAt: now, path: pathAt(flow, method, visitor.path, query) }
}

/** The journey with a pin that lasts. A release's second journey of a visitor gets a pin but never becomes a unit. */
function pinned({ flow, exposure, before, request }: Move, now: Instant): JourneyToken | undefined {
  const { visitor } = request
  const { pinMs, horizonMs = pinMs } = flow.flow
  if (visitor.visitorId === undefined) return before
  if (before !== undefined) {
    if (Math.abs(now - before.pinnedAt) < pinMs) return before
    if (before.state === 'started' && now - before.startedAt <= horizonMs) return before
  }
  const { arm, share } = drawArm(exposure, visitor, now)
  const pin = { arm, share, pinnedAt: now }
  if (before !== undefined) return { ...before, ...pin, state: before.state === 'pinned' ? 'pinned' : 'settled' }
  return {
    ...pin,
    release: exposure.release,
    flow: flow.flow.id,
    path: '',
    id: journeyIdOf(flow, exposure, visitor.visitorId),
    startedAt: 0,
    state: 'pinned',
  }
}

function cellOf(token: JourneyToken, outcome: 'started' | 'completed' | 'failed'): CountedCell {
  return {
    kind: 'journey',
    release: token.release,
    flow: token.flow,
    path: token.path,
    arm: token.arm,
    share: token.share,
    startedAt: token.startedAt - (token.startedAt % journeySlotMs),
    outcome,
  }
}
