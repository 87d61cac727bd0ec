import {
  enterStage,
  evidenceContext,
  judge,
  observe,
  openEvidence,
  type Criterion,
  type EvidenceCell,
  type EvidenceContext,
  type EvidenceState,
} from '@headgate/core/gate'
import { latencyBucketOf } from '@headgate/core/stats'
import { candidateBit, failedBit, pathOf, slotOf } from '../simulator/event-code.ts'
import type { Exposure } from '../simulator/scenario.ts'
import { rampExposure, rampSteps } from '../simulator/scenario.ts'
import { paths, tickMs, ticksPerDay } from '../simulator/shop.ts'
import { isUnit, type StreamSettings, type TickView } from '../simulator/stream.ts'
import type { Contestant, Method } from './method.ts'
import { shopModel, shopPlan } from './headgate-plan.ts'

/**
 * The product's own engine, fed the frames that gateways would send: it stops when a criterion that acts fails. Loud failures reach it
 * as failed journeys; its errors and latency criteria see visitors' first requests only.
 */
export const headgate: Method = {
  id: 'headgate',
  title: 'Headgate',
  rules: ['a criterion fails'],
  open: ({ stream }) => new HeadgateGate(stream, 0.05),
}

/** The same gate with another margin of completion, for the time to its pass. */
export function headgateWithMargin(margin: number): Method {
  return { ...headgate, id: `headgate-${margin * 100}`, open: ({ stream }) => new HeadgateGate(stream, margin) }
}

export const dayStart = 1_800_000_000_000
const slotMs = 15_000

class HeadgateGate implements Contestant {
  readonly strengths = new Float64Array(1)
  readonly passes = new Map<number, number>()
  readonly #exposure: Exposure
  readonly #context: EvidenceContext
  readonly #margin: number
  #state: EvidenceState

  constructor(stream: StreamSettings, margin: number) {
    this.#exposure = stream.exposure
    this.#margin = margin
    const steps = stream.exposure === rampExposure ? rampSteps : [{ from: 0, basisPoints: stream.exposure(0) }]
    this.#context = evidenceContext(shopPlan(steps, gateCriteria(margin)), shopModel)
    this.#state = enterStage(this.#context, openEvidence(this.#context), 0, dayStart)
  }

  /** The evidence of the release so far, for a report that wants to say why. */
  get state(): EvidenceState {
    return this.#state
  }

  see(view: TickView): void {
    this.#followRamp(view)
    const at = dayStart + (view.tick + 1) * tickMs
    const cells = [...journeyCells(view, this.#exposure), ...visitorCells(view)]
    const heard = { gateways: at, outcomes: at }
    this.#state = observe(this.#context, this.#state, { seq: view.tick + 1, at, cells, heard, readings: [] })
    this.#notePass(view.tick)
    const { criteria } = this.#state
    if (Object.keys(criteria).some((id) => criteria[id]?.stopped !== undefined)) {
      const verdict = judge(this.#context, this.#state, this.#state.stage?.index ?? 0, at)
      this.strengths[0] = verdict.kind === 'fail' ? 1 : 0
    }
  }

  #followRamp(view: TickView): void {
    const stage = this.#context.plan.stages.findIndex(
      ({ visitorBasisPoints }) => visitorBasisPoints === view.basisPoints,
    )
    if (stage === this.#state.stage?.index) return
    this.#state = enterStage(this.#context, this.#state, stage, dayStart + view.tick * tickMs)
  }

  #notePass(tick: number): void {
    if (this.passes.has(this.#margin) || this.#state.criteria['orders']?.passed === undefined) return
    const verdict = judge(this.#context, this.#state, this.#state.stage?.index ?? 0, this.#state.at ?? 0)
    const orders = verdict.criteria.find(({ criterion }) => criterion === 'orders')
    if (orders?.kind === 'pass') this.passes.set(this.#margin, tick)
  }
}

/** A release that watches orders, errors, latency and the split. */
function gateCriteria(margin: number): readonly Criterion[] {
  return [
    { id: 'orders', signal: 'completion', flow: 'purchase', margin, pathMargins: {}, minUnits: 100 },
    { id: 'errors', signal: 'errors', routes: [], margin: 0.01, minUnits: 100 },
    { id: 'latency', signal: 'latency', routes: [], tolerance: 0.05, minUnits: 100 },
    { id: 'split', signal: 'split' },
  ]
}

type CountOf = Map<number, number>

function journeyCells(view: TickView, exposure: Exposure): EvidenceCell[] {
  const counts: CountOf = new Map()
  for (let index = 0; index < view.starts.length; index++) countJourney(counts, view.starts.at(index), 0)
  for (let index = 0; index < view.results.length; index++) {
    const code = view.results.at(index)
    countJourney(counts, code, (code & failedBit) === 0 ? 1 : 2)
  }
  return [...counts].map(([key, count]) => journeyCell(key, count, exposure))
}

function countJourney(counts: CountOf, code: number, outcome: number): void {
  if (!isUnit(code)) return
  const key = ((slotOf(code) * 8 + pathOf(code)) * 2 + (code & candidateBit)) * 4 + outcome
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

const outcomes = ['started', 'completed', 'failed'] as const

function journeyCell(key: number, count: number, exposure: Exposure): EvidenceCell {
  const slot = Math.floor(key / 64)
  return {
    kind: 'journey',
    flow: 'purchase',
    path: paths[(key >> 3) & 7]?.id ?? '',
    arm: (key & 4) === 0 ? 'control' : 'candidate',
    // Ramps change at the start of a slot.
    share: exposure(Math.min(ticksPerDay - 1, Math.floor(slot * 1.5))),
    startedAt: dayStart + slot * slotMs,
    outcome: outcomes[key & 3] ?? 'started',
    count,
  }
}

/** Visitors' first requests, and the visitors themselves. */
function visitorCells(view: TickView): EvidenceCell[] {
  const counts: CountOf = new Map()
  const visitors = [0, 0]
  for (let index = 0; index < view.starts.length; index++) {
    const code = view.starts.at(index)
    if (!isUnit(code)) continue
    const arm = code & candidateBit
    visitors[arm] = (visitors[arm] ?? 0) + 1
    const key = (latencyBucketOf(view.latencies.at(index)) * 2 + view.pageErrors.at(index)) * 2 + arm
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const share = view.basisPoints
  const pages = [...counts].map(([key, count]): EvidenceCell => {
    const outcome = (key & 2) === 0 ? 'ok' : 'error'
    return { kind: 'page', route: 'checkout', arm: armOf(key & 1), share, outcome, bucket: key >> 2, count }
  })
  const visits = visitors.map((count, arm): EvidenceCell => ({ kind: 'visit', arm: armOf(arm), share, count }))
  return [...pages, ...visits]
}

function armOf(bit: number): 'control' | 'candidate' {
  return bit === 0 ? 'control' : 'candidate'
}
