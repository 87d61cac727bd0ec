import { describe, expect, test } from 'vitest'
import type { ReleasePlan } from '../model/release-plan.ts'
import { evidenceContext, type JudgedModel } from './context.ts'
import type { Criterion, MetricCriterion } from './criterion.ts'
import type { EvidenceFrame, MetricReading } from './evidence.ts'
import { describeHarm } from './harm.ts'
import { gateEvidenceHashInput } from './hash-input.ts'
import { judge } from './judge.ts'
import { lossBudgetCriterion } from './loss.ts'
import { enterStage, observe, openEvidence } from './observe.ts'
import {
  completionCriterion,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
  type Simulation,
} from './simulation.test-support.ts'
import { isSameToActOn, isSameVerdict } from './same-verdict.ts'
import type { EvidenceState } from './state.ts'
import { verdictKinds, type CriterionVerdict, type GateVerdict } from './verdict.ts'
import { minWindowOver, windowOver } from './window.ts'

const errors = { id: 'errors', signal: 'errors', routes: ['product', 'checkout'], margin: 0.03, minUnits: 50 } as const
const latency = { id: 'latency', signal: 'latency', routes: ['product'], tolerance: 0.3, minUnits: 50 } as const
const split = { id: 'split', signal: 'split' } as const
const queue: MetricCriterion = {
  id: 'queue',
  signal: 'metric',
  source: 'prometheus',
  query: 'order_queue_length',
  max: 10,
  freshnessMs: 10_000,
  consecutive: 3,
}
const pages = { perMinute: 1_500, errorShare: 0.002, candidateErrorShare: 0.002, slowDown: 1 }
const lab: Simulation = { ...labSimulation, pages }

interface Run {
  readonly plan: ReleasePlan
  readonly state: EvidenceState
  readonly verdicts: readonly GateVerdict[]
  readonly last: GateVerdict
}

/** Judges every frame of a simulation at the first stage, changing frames where asked. */
function run(
  plan: ReleasePlan,
  options: {
    simulation?: Partial<Simulation>
    seconds: number
    change?: (frame: EvidenceFrame) => EvidenceFrame
    model?: JudgedModel
  },
): Run {
  const context = evidenceContext(plan, options.model ?? simulatedModel())
  let state = enterStage(context, openEvidence(context), 0, simulationStart)
  const verdicts: GateVerdict[] = []
  for (const frame of simulate({ ...lab, ...options.simulation })) {
    state = observe(context, state, options.change?.(frame) ?? frame)
    const verdict = judge(context, state, 0, frame.at)
    verdicts.push(verdict)
    if (frame.seq >= options.seconds) return { plan, state, verdicts, last: verdict }
  }
  throw new Error('a simulation never ends')
}

function planOf(criteria: readonly Criterion[], overrides: Partial<ReleasePlan> = {}): ReleasePlan {
  return simulatedPlan([simulatedStage(5_000, criteria), simulatedStage(10_000, criteria)], overrides)
}

function of(verdict: GateVerdict, criterion: string): CriterionVerdict | undefined {
  return verdict.criteria.find((each) => each.criterion === criterion)
}

const all = [completionCriterion, errors, latency, split]
const couponBroken = { lossAt: (_: number, path: string) => ({ share: path === 'coupon' ? 1 : 0, isLoud: false }) }

describe('pass', () => {
  test('G2: a healthy candidate passes every criterion, and says at which risk', () => {
    const { last } = run(planOf(all), { seconds: 150 })
    expect(last.kind).toBe('pass')
    expect(last.reason).toBe('all 4 criteria pass')
    expect(of(last, 'orders')?.reason).toMatch(/less than 20.0 % below the control's and 1 path within its own margins/)
    expect(of(last, 'orders')?.reason).toMatch(/passes 1.0 % of the time/)
    expect(of(last, 'orders')?.pass?.evidence).toBeGreaterThan(1)
  })

  test('G2: nothing passes before the shortest window, the minimum of units, or every path is through', () => {
    const early = run(simulatedPlan([simulatedStage(5_000, all, { minMs: 200_000, maxMs: 300_000 })]), { seconds: 150 })
    expect(early.last.kind).toBe('inconclusive')
    expect(early.last.criteria.every(({ kind }) => kind === 'inconclusive')).toBe(true)
    expect(early.last.reason).toMatch(/shortest window/)
    const strict = { ...completionCriterion, minUnits: 100_000 }
    expect(run(planOf([strict]), { seconds: 85 }).last.kind).toBe('underpowered')
    const manyPaths = { ...completionCriterion, pathMargins: { critical: 0.25, coupon: 0.02 } }
    const open = run(planOf([manyPaths]), { seconds: 150 }).last
    expect(open.kind).toBe('underpowered')
    expect(of(open, 'orders')?.where).toBe('coupon')
  })

  test('G2: harm that is pending keeps a pass from being given', () => {
    const { state, plan } = run(planOf([completionCriterion]), { seconds: 150 })
    const context = evidenceContext(plan, simulatedModel())
    expect(judge(context, state, 0, state.at ?? 0).kind).toBe('pass')
    const flow = state.flows['purchase']
    const threshold = context.criteria['orders']?.threshold ?? 0
    const silent = { ...flow?.stop.silent, cash: threshold / 3 }
    const raised = { ...state, flows: { purchase: { ...flow, stop: { ...flow?.stop, silent } } } }
    const pending = judge(context, JSON.parse(JSON.stringify(raised)), 0, state.at ?? 0)
    expect(pending.kind).toBe('inconclusive')
    expect(pending.reason).toMatch(/evidence of harm has grown/)
  })

  test('G19: what a raise rests on leaves shadows out, and two looks that differ in a shadow are one to act on', () => {
    const { state, verdicts } = run(planOf([completionCriterion, { ...errors, shadow: true }]), { seconds: 60 })
    const { errors: shadow, ...acting } = state.criteria
    const shadows = new Set(['errors'])
    expect(gateEvidenceHashInput(state, shadows)).toBe(gateEvidenceHashInput({ ...state, criteria: acting }))
    expect(gateEvidenceHashInput(state)).toContain('"errors"')
    expect(shadow?.stopped).toBeUndefined()
    const changes = verdicts.filter((verdict, index) => !isSameVerdict(verdicts[index - 1], verdict))
    const [first, second] = changes
    const failed = first && {
      ...first,
      criteria: first.criteria.map((each) => (each.shadow ? { ...each, kind: 'fail' as const } : each)),
    }
    expect(failed && [isSameVerdict(first, failed), isSameToActOn(first, failed)]).toEqual([false, true])
    expect(second && isSameToActOn(undefined, second)).toBe(false)
  })

  test('the evidence hash is stable while the gate passes and differs before', () => {
    const plan = planOf(all)
    const context = evidenceContext(plan, simulatedModel())
    let state = enterStage(context, openEvidence(context), 0, simulationStart)
    const texts = new Set<string>()
    for (const frame of simulate(lab)) {
      state = observe(context, state, frame)
      const passes = judge(context, state, 0, frame.at).kind === 'pass'
      if (passes) texts.add(gateEvidenceHashInput(state))
      expect(texts.has(gateEvidenceHashInput(state))).toBe(passes)
      if (frame.seq > 200) break
    }
    expect(texts.size).toBe(1)
  })
})

/** One frame, and whoever was heard in it, an hour ahead of all others. */
function ahead(frame: EvidenceFrame): EvidenceFrame {
  const at = frame.at + 3_600_000
  return frame.seq === 40 ? { ...frame, at, heard: { gateways: at, outcomes: at } } : frame
}

describe('a clock that ran ahead', () => {
  test('G11: is seen and said, because what starts meanwhile comes too late to count', () => {
    const { last } = run(planOf([completionCriterion]), { seconds: 60, change: ahead })
    expect(last.kind).toBe('blind')
    expect(of(last, 'orders')?.reason).toMatch(/came too late to count: evidence up to .* is closed, a clock ran ahead/)
  })
})

describe('an open verdict', () => {
  test('names its owner, what it needs, and until when it must be decided', () => {
    const { last } = run(planOf([completionCriterion, errors]), { seconds: 10 })
    for (const { owner, needs, until } of last.criteria) {
      expect({ owner, until }).toEqual({ owner: 'checkout', until: simulationStart + 90_000 })
      expect(needs).toBeDefined()
    }
  })

  test('has no time left to name once the window is over, nor has one that is decided', () => {
    const strict = { ...completionCriterion, minUnits: 100_000 }
    expect(of(run(planOf([strict]), { seconds: 95 }).last, 'orders')).not.toHaveProperty('until')
    const { last } = run(planOf([completionCriterion]), { simulation: couponBroken, seconds: 85 })
    expect(last.kind).toBe('fail')
    expect(of(last, 'orders')).not.toHaveProperty('until')
  })
})

describe('fail', () => {
  test('a silently broken path stops, with path, odds, rates and onset', () => {
    const { last, state, plan } = run(planOf(all), { simulation: couponBroken, seconds: 100 })
    const orders = of(last, 'orders')
    expect(last.kind).toBe('fail')
    expect(orders).toMatchObject({ kind: 'fail', where: 'coupon', rates: { candidate: 0 } })
    expect(orders?.reason).toMatch(/path coupon: candidate 0 % of \d+, control \d+\.\d % of \d+ journeys completed/)
    expect(orders?.stop?.evidence).toBeGreaterThan(orders?.stop?.threshold ?? Infinity)
    const harm = describeHarm(evidenceContext(plan, simulatedModel()), state)
    expect(harm).toMatchObject({ criterion: 'orders', where: 'coupon', kind: 'lost-silently', size: 0.97 })
    expect(harm?.harmBeganAt).toBeLessThan(simulationStart + 40_000)
    expect(harm?.ordersLost?.low).toBeGreaterThan(0)
    expect(harm?.exposedJourneys).toBeGreaterThan(100)
    expect(harm?.paths.find(({ path }) => path === 'coupon')?.candidate.hits).toBe(0)
  })

  test('G16: a stop is final, also when later evidence speaks for the candidate', () => {
    const simulation = { lossAt: (ms: number) => ({ share: ms < 30_000 ? 1 : 0, isLoud: true }) }
    const { verdicts } = run(planOf([completionCriterion]), { simulation, seconds: 150 })
    const first = verdicts.findIndex(({ kind }) => kind === 'fail')
    expect(first).toBeGreaterThan(0)
    expect(verdicts.slice(first).every(({ kind }) => kind === 'fail')).toBe(true)
  })

  test('half of the requests failing stops within a handful of visitors', () => {
    const simulation = { pages: { ...pages, candidateErrorShare: 0.5 } }
    const { verdicts } = run(planOf(all), { simulation, seconds: 30 })
    const failing = verdicts.find(({ kind }) => kind === 'fail')
    const own = failing === undefined ? undefined : of(failing, 'errors')
    expect(own?.reason).toMatch(/visitors got an error/)
    expect(own?.units.candidate).toBeLessThan(60)
  })

  test('a candidate twice as slow stops, one a little slower than the tolerance allows does not', () => {
    const slow = run(planOf(all), { simulation: { pages: { ...pages, slowDown: 2 } }, seconds: 90 })
    expect(of(slow.last, 'latency')?.kind).toBe('fail')
    expect(of(slow.last, 'latency')?.reason).toMatch(/longer/)
    const bearable = run(planOf(all), { simulation: { pages: { ...pages, slowDown: 1.2 } }, seconds: 90 })
    expect(of(bearable.last, 'latency')?.kind).not.toBe('fail')
  })

  test('the loss budget stops before significance, and describes the flow that lost', () => {
    const simulation = { lossAt: () => ({ share: 0.3, isLoud: false }) }
    const withBudget = run(planOf([completionCriterion], { lossBudgetOrders: 5 }), { simulation, seconds: 60 })
    const first = withBudget.verdicts.find(({ kind }) => kind === 'fail')
    expect(first === undefined ? undefined : of(first, lossBudgetCriterion)?.reason).toMatch(/orders lost so far/)
    expect(first === undefined ? undefined : of(first, 'orders')?.kind).not.toBe('fail')
    const context = evidenceContext(withBudget.plan, simulatedModel())
    expect(describeHarm(context, withBudget.state, lossBudgetCriterion)).toMatchObject({
      criterion: lossBudgetCriterion,
      signal: 'completion',
    })
  })
})

test('the loss budget in money stops once the lost orders are worth it, and says at what worth', () => {
  const { routes, flows } = simulatedModel()
  const worth = { averageOrder: { amount: 50, currency: 'EUR' } }
  const valued = {
    routes,
    flows: Object.fromEntries(Object.entries(flows).map(([id, flow]) => [id, { ...flow, ...worth }])),
  }
  const simulation = { lossAt: () => ({ share: 0.3, isLoud: false }) }
  const plan = planOf([completionCriterion], { lossBudgetRevenue: { amount: 250, currency: 'EUR' } })
  const { verdicts } = run(plan, { simulation, seconds: 60, model: valued })
  const first = verdicts.find(({ kind }) => kind === 'fail')
  expect(first === undefined ? undefined : of(first, lossBudgetCriterion)?.reason).toMatch(
    /about \d+ EUR lost so far .* \(about \d+ orders at a declared average of 50.00 EUR\), the budget is 250 EUR/,
  )
  const elsewhere = planOf([completionCriterion], { lossBudgetRevenue: { amount: 250, currency: 'GBP' } })
  const other = run(elsewhere, { simulation, seconds: 20, model: valued })
  expect(other.verdicts.some((verdict) => of(verdict, lossBudgetCriterion) !== undefined)).toBe(false)
})

describe('blind', () => {
  test('G11: silent gateways blind every criterion that they feed, since when is said', () => {
    const { verdicts, last } = run(planOf(all), {
      seconds: 150,
      change: (frame) =>
        frame.seq <= 30 ? frame : { ...frame, cells: [], heard: { gateways: simulationStart + 30_000 } },
    })
    expect(last.criteria.map(({ kind }) => kind)).toEqual(['blind', 'blind', 'blind', 'blind'])
    expect(last.reason).toMatch(/the gateways have been silent for 2 min, since 2027-01-15T08:00:30Z/)
    expect(verdicts[39]?.kind).toBe('inconclusive')
    expect(verdicts[41]?.kind).toBe('blind')
  })

  test('G11: silent outcome events blind orders only, and neither pass nor stop follows when they come back', () => {
    const held: EvidenceFrame['cells'][number][] = []
    const change = (frame: EvidenceFrame): EvidenceFrame => {
      const results = frame.cells.filter((cell) => cell.kind === 'journey' && cell.outcome !== 'started')
      const others = frame.cells.filter((cell) => !results.includes(cell))
      if (frame.seq > 20 && frame.seq <= 80) {
        held.push(...results)
        return { ...frame, cells: others, heard: { gateways: frame.at, outcomes: simulationStart + 20_000 } }
      }
      return { ...frame, cells: [...frame.cells, ...held.splice(0)] }
    }
    const { verdicts } = run(planOf(all), { seconds: 95, change })
    const during = verdicts.slice(31, 80).map((verdict) => of(verdict, 'orders')?.kind)
    expect(new Set(during)).toEqual(new Set(['blind']))
    expect(of(verdicts[70] ?? verdicts[0] ?? fail(), 'errors')?.kind).not.toBe('blind')
    expect(verdicts.slice(80).some(({ kind }) => kind === 'fail')).toBe(false)
  })

  test('G11: orders that stop arriving in both arms are lost signals, not abandons', () => {
    const simulation = { hasOutcomesAt: (ms: number) => ms < 40_000 }
    const { verdicts, last, state } = run(planOf([completionCriterion]), { simulation, seconds: 150 })
    expect(last.kind).toBe('blind')
    expect(last.reason).toMatch(/practically none completes in the control since 2027-01-15T08:00:4\dZ/)
    expect(verdicts.slice(60).every(({ kind }) => kind === 'blind')).toBe(true)
    expect(state.flows['purchase']?.lost).toBeGreaterThan(100)
  })

  test('G11: outcome signals that never arrived at all are called so', () => {
    const { last } = run(planOf([completionCriterion]), { simulation: { hasOutcomesAt: () => false }, seconds: 80 })
    expect(last.kind).toBe('blind')
    expect(last.reason).toMatch(/practically none completes in the control since the release began/)
  })

  test('G11: a flow of one path whose orders never arrive is called blind, not underpowered', () => {
    const paths = [{ id: 'critical', share: 1, completion: 0.7 }]
    const context = evidenceContext(planOf([{ ...completionCriterion, pathMargins: {} }]), simulatedModel(paths))
    let state = enterStage(context, openEvidence(context), 0, simulationStart)
    for (const frame of simulate({ ...labSimulation, paths, hasOutcomesAt: () => false })) {
      state = observe(context, state, frame)
      if (frame.seq === 80) break
    }
    const verdict = judge(context, state, 0, state.at ?? 0)
    expect(verdict.kind).toBe('blind')
    expect(verdict.reason).toMatch(/none of \d+ control journeys of purchase has completed since the release began/)
  })

  test('sources that were never heard are named', () => {
    const deaf = run(planOf(all), { seconds: 2, change: (frame) => ({ ...frame, heard: {} }) })
    expect(deaf.last.reason).toMatch(/the gateways have not been heard at all/)
  })
})

describe('too little evidence', () => {
  test('three journeys a minute are underpowered, with what is needed and the cheapest cure', () => {
    const simulation = { startsPerMinute: 3, pages: { ...pages, perMinute: 12 } }
    const { last, verdicts } = run(planOf(all), { simulation, seconds: 120 })
    expect(last.kind).toBe('underpowered')
    expect(of(last, 'orders')?.reason).toMatch(
      /a pass takes about \d+ candidate journeys with an outcome; the window brought \d/,
    )
    expect(of(last, 'orders')?.needs).toMatch(/window of about/)
    expect(verdicts.some(({ kind }) => kind === 'pass' || kind === 'fail')).toBe(false)
  })

  test('while evidence gathers it says how much of how much, and how long', () => {
    const { verdicts } = run(planOf([completionCriterion]), { seconds: 30 })
    expect(verdicts[29]).toMatchObject({ kind: 'inconclusive' })
    expect(verdicts[29]?.reason).toMatch(/\d+ of about \d+ candidate journeys.*a minute, about .* to go/)
  })

  test('a stage without visitors cannot prove anything', () => {
    const plan = simulatedPlan([simulatedStage(0, all), simulatedStage(5_000, all)])
    const { last } = run(plan, { simulation: { shareAt: () => 0 }, seconds: 120 })
    expect(of(last, 'orders')).toMatchObject({ kind: 'underpowered' })
    expect(last.criteria.some(({ kind }) => kind === 'fail')).toBe(false)
  })

  test('G2: a gate without a criterion that acts never passes', () => {
    const none = run(planOf([]), { seconds: 150 }).last
    expect(none).toMatchObject({ kind: 'inconclusive', criteria: [] })
    const shadows = all.map((criterion) => ({ ...criterion, shadow: true }))
    expect(run(planOf(shadows), { seconds: 150 }).last.kind).toBe('inconclusive')
  })
})

const biased = (frame: EvidenceFrame): EvidenceFrame => ({
  ...frame,
  cells: frame.cells.filter((cell, index) => cell.kind !== 'visit' || cell.arm === 'control' || index % 2 === 0),
})

describe('split', () => {
  test('a biased split holds and never passes, and says how it splits', () => {
    const { last } = run(planOf(all), { seconds: 120, change: biased })
    expect(of(last, 'split')).toMatchObject({ kind: 'inconclusive' })
    expect(of(last, 'split')?.reason).toMatch(
      /the split is biased: visitors split [\d,]+ : [\d,]+, .* instead of 50.0 %/,
    )
    expect(last.kind).toBe('inconclusive')
  })

  test('a fair split passes', () => {
    expect(of(run(planOf(all), { seconds: 60 }).last, 'split')?.kind).toBe('pass')
  })
})

const value = (number: number, at: number): MetricReading => ({
  kind: 'value',
  criterion: 'queue',
  value: number,
  at,
})

const reading =
  (readings: (second: number) => readonly MetricReading[]) =>
  (frame: EvidenceFrame): EvidenceFrame => ({ ...frame, readings: readings(frame.seq) })

describe('metric', () => {
  test('within its limits it passes after the shortest window, outside for long enough it fails', () => {
    const calm = run(planOf([queue]), {
      seconds: 25,
      change: reading((second) => [value(3, simulationStart + second * 1_000)]),
    })
    expect(calm.verdicts[10]?.kind).toBe('inconclusive')
    expect(calm.last.kind).toBe('pass')
    const busy = run(planOf([queue]), {
      seconds: 25,
      change: reading((second) => [value(second > 20 ? 30 : 3, simulationStart + second * 1_000)]),
    })
    expect(busy.verdicts.slice(20).map(({ kind }) => kind)).toEqual([
      'inconclusive',
      'inconclusive',
      'fail',
      'fail',
      'fail',
    ])
  })

  test('the same reading twice counts once', () => {
    const same = run(planOf([queue]), { seconds: 8, change: reading(() => [value(30, simulationStart + 1_000)]) })
    expect(same.last.kind).toBe('inconclusive')
  })

  test('G3: missing, stale or malformed readings are a provider error, never a pass or a fail', () => {
    const missing = reading((second) => [
      { kind: 'missing', criterion: 'queue', reason: 'HTTP 503', at: simulationStart + second * 1_000 },
    ])
    const odd = reading((second) => [value(Number.NaN, simulationStart + second * 1_000)])
    const stale = reading((second) => (second === 1 ? [value(99, simulationStart + 1_000)] : []))
    const none = run(planOf([queue]), { seconds: 30 }).last
    expect(none.kind).toBe('provider-error')
    expect(run(planOf([queue]), { seconds: 30, change: missing }).last.reason).toMatch(/HTTP 503/)
    expect(run(planOf([queue]), { seconds: 30, change: odd }).last.reason).toMatch(/no finite number/)
    expect(run(planOf([queue]), { seconds: 30, change: stale }).last.kind).toBe('provider-error')
    const { max: _max, ...limitless } = queue
    const free = reading((second) => [value(1, simulationStart + second * 1_000)])
    expect(run(planOf([limitless]), { seconds: 30, change: free }).last.kind).toBe('inconclusive')
  })
})

describe('full exposure', () => {
  const raiseAt = 150
  const everybody = { shareAt: (ms: number) => (ms < raiseAt * 1_000 ? 5_000 : 10_000) }

  function live(criteria: readonly Criterion[], simulation: Partial<Simulation>, before: readonly Criterion[]): Run {
    const plan = simulatedPlan([simulatedStage(5_000, before), simulatedStage(10_000, criteria)])
    const context = evidenceContext(plan, simulatedModel())
    let state = enterStage(context, openEvidence(context), 0, simulationStart)
    const verdicts: GateVerdict[] = []
    for (const frame of simulate({ ...lab, ...everybody, ...simulation })) {
      state = observe(context, state, frame)
      if (frame.seq === raiseAt) state = enterStage(context, state, 1, frame.at)
      if (frame.seq > raiseAt) verdicts.push(judge(context, state, 1, frame.at))
      if (frame.seq === raiseAt + 60) break
    }
    const last = verdicts.at(-1)
    if (last === undefined) throw new Error('nothing was judged')
    return { plan, state, verdicts, last }
  }

  test('G15: what passed before passes after the shortest window, and says that no control is left', () => {
    const { verdicts, last } = live(all, {}, all)
    expect(verdicts[5]?.kind).toBe('inconclusive')
    expect(last.kind).toBe('pass')
    expect(of(last, 'orders')?.reason).toBe('no control left to compare with; it passed at stage at-50')
  })

  test('G15: what was never proven does not pass', () => {
    const { last } = live(all, {}, [errors, latency, split])
    expect(of(last, 'orders')).toMatchObject({ kind: 'inconclusive' })
    expect(of(last, 'orders')?.reason).toMatch(/no earlier stage has proven/)
  })

  test('G15: harm among everybody is no comparison and no fail, but orders that run dry are blind', () => {
    const simulation = { hasOutcomesAt: (ms: number) => ms < (raiseAt + 20) * 1_000 }
    const { last, verdicts } = live(all, simulation, all)
    expect(of(last, 'orders')?.kind).toBe('blind')
    expect(verdicts.some(({ kind }) => kind === 'fail')).toBe(false)
  })
})

describe('the gate', () => {
  test('G12: the worst criterion that is no shadow decides', () => {
    const shadowed = { ...completionCriterion, shadow: true }
    const { last } = run(planOf([shadowed, errors, split]), { simulation: couponBroken, seconds: 100 })
    expect(of(last, 'orders')).toMatchObject({ kind: 'fail', shadow: true })
    expect(last.kind).toBe('pass')
  })

  test('G12: verdict kinds are ordered from best to worst', () => {
    expect(verdictKinds).toEqual(['pass', 'inconclusive', 'underpowered', 'blind', 'provider-error', 'fail'])
  })

  test('the entry gate of the next stage is judged on the evidence of the stage before it', () => {
    const entry = { ...simulatedStage(0, [queue]).exit, id: 'entry', owner: 'integration' }
    const plan = simulatedPlan([simulatedStage(5_000, [completionCriterion]), { ...simulatedStage(10_000, []), entry }])
    const { last } = run(plan, { seconds: 10 })
    expect(last.criteria.map(({ criterion, owner }) => [criterion, owner])).toEqual([
      ['orders', 'checkout'],
      ['queue', 'integration'],
    ])
    expect(last.kind).toBe('provider-error')
  })

  test('before the start only the first entry gate is judged, and shoppers are not expected', () => {
    const first = { ...simulatedStage(5_000, all), entry: { ...simulatedStage(0, [queue]).exit, id: 'entry' } }
    const context = evidenceContext(simulatedPlan([first]), simulatedModel())
    const frame: EvidenceFrame = {
      seq: 1,
      at: simulationStart,
      cells: [],
      heard: {},
      readings: [{ kind: 'value', criterion: 'queue', value: 1, at: simulationStart }],
    }
    const state = observe(context, openEvidence(context), frame)
    expect(judge(context, state, -1, simulationStart)).toMatchObject({ kind: 'pass', gate: 'entry' })
  })

  test('a stage that is not in effect yet neither passes nor fails', () => {
    const context = evidenceContext(planOf(all), simulatedModel())
    const state = observe(context, openEvidence(context), {
      seq: 1,
      at: simulationStart,
      cells: [],
      heard: { gateways: simulationStart, outcomes: simulationStart },
      readings: [],
    })
    const verdict = judge(context, state, 0, simulationStart)
    expect(verdict.kind).toBe('inconclusive')
    expect(verdict.reason).toMatch(/not in effect/)
    expect(minWindowOver(context, state, 0, simulationStart + 1e9)).toBe(false)
    expect(windowOver(context, state, 0, simulationStart + 1e9)).toBe(false)
  })

  test('windows count from when the stage is in effect everywhere', () => {
    const context = evidenceContext(planOf(all), simulatedModel())
    const state = enterStage(context, openEvidence(context), 0, simulationStart)
    expect(minWindowOver(context, state, 0, simulationStart + 19_999)).toBe(false)
    expect(minWindowOver(context, state, 0, simulationStart + 20_000)).toBe(true)
    expect(windowOver(context, state, 0, simulationStart + 89_999)).toBe(false)
    expect(windowOver(context, state, 0, simulationStart + 90_000)).toBe(true)
  })

  test('owners are the criterion’s, else the gate’s', () => {
    const { last } = run(planOf([{ ...completionCriterion, owner: 'payments' }, errors]), { seconds: 1 })
    expect(last.criteria.map(({ owner }) => owner)).toEqual(['payments', 'checkout'])
  })
})

function fail(): never {
  throw new Error('no verdict')
}
