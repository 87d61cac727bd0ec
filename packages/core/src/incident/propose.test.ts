import { describe, expect, test } from 'vitest'
import type { EvidenceRecord } from '../gate/backtest/record.ts'
import type { Criterion } from '../gate/criterion.ts'
import {
  completionCriterion,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
  type Simulation,
} from '../gate/simulation.test-support.ts'
import { criterionOf, keyOf, watchesOf } from './candidates.ts'
import {
  createRehearsal,
  createTrail,
  propose,
  shortlist,
  weigh,
  type IncidentQuestion,
  type Proposal,
  type Trail,
} from './index.ts'

const model = simulatedModel()
const second = 1_000
const errors = { id: 'errors', signal: 'errors', routes: ['product'], margin: 0.02, minUnits: 5 } as const
const split = { id: 'split', signal: 'split' } as const

function planOf(criteria: readonly Criterion[]) {
  return simulatedPlan([simulatedStage(2_000, criteria), simulatedStage(5_000, criteria)])
}

/** Two stages, the second from the 120th second on. */
const ramp: Partial<Simulation> = { shareAt: (ms) => (ms < 120 * second ? 2_000 : 5_000) }

function* recorded(changes: Partial<Simulation>, seconds: number): Generator<EvidenceRecord> {
  for (const frame of simulate({ ...labSimulation, ...ramp, ...changes })) {
    const stage = frame.seq === 1 ? 0 : frame.seq === 121 ? 1 : undefined
    yield stage === undefined ? { frame } : { frame, mark: { stage, at: simulationStart + (frame.seq - 1) * second } }
    if (frame.seq === seconds) return
  }
}

function trailOf(plan: ReturnType<typeof planOf>, changes: Partial<Simulation>, seconds: number): Trail {
  const trail = createTrail({ plan, model })
  for (const record of recorded(changes, seconds)) trail.add(record)
  return trail
}

type Asked = Partial<Omit<IncidentQuestion, 'plan' | 'trail'>>

/** What is proposed for harm that ended with the record, where nothing else is said. */
function proposalFor(
  plan: ReturnType<typeof planOf>,
  changes: Partial<Simulation>,
  seconds: number,
  asked: Asked = {},
): Proposal {
  const trail = trailOf(plan, changes, seconds)
  const weighed = weigh({ plan, trail, stoppedAt: at(seconds), good: [], ...asked })
  const rehearsals = new Map(
    shortlist(weighed).map(({ key, criterion }) => [key, createRehearsal({ plan, model }, criterion)]),
  )
  for (const record of recorded(changes, seconds)) for (const rehearsal of rehearsals.values()) rehearsal.add(record)
  return propose(weighed, rehearsals)
}

const at = (seconds: number): number => simulationStart + seconds * second
/** Coupon orders fail from the 150th second on. */
const onCoupon: Partial<Simulation> = {
  lossAt: (ms, path) => ({ share: ms >= 150 * second && path === 'coupon' ? 0.9 : 0, isLoud: false }),
}

describe('proposing the criterion that an incident teaches', () => {
  const plan = planOf([errors, split])
  const trail = trailOf(plan, onCoupon, 420)
  const asked: Asked = { beganAt: at(150), path: 'coupon' }
  const proposal = proposalFor(plan, onCoupon, 420, asked)

  test('I6: harm on one path that the gate did not watch is found there, with what it would have saved', () => {
    expect(proposal.best?.key).toMatch(/^completion:purchase(\/coupon)?@/)
    expect(proposal.best?.sign).toContain('orders are lost')
    expect(proposal.best?.savedMs).toBeGreaterThan(60 * second)
    expect(proposal.best?.savedOrders?.low).toBeGreaterThan(0)
    expect(proposal.best?.savedOrders?.mid).toBeLessThan(proposal.harm.ordersLost?.mid ?? 0)
    expect(proposal.good.stages).toEqual(['at-20'])
    expect(proposal.tried).toBe(watchesOf(model, plan).length)
  })

  test('I6: what it says is what a release with that criterion alone would have done', () => {
    const { best } = proposal
    if (best === undefined) throw new Error('nothing was proposed')
    const rehearsal = createRehearsal({ plan, model }, best.criterion)
    for (const record of recorded(onCoupon, 420)) rehearsal.add(record)
    expect(rehearsal.stoppedAt()).toBe(best.firedAt)
    const { passed, held } = proposal.good
    expect(passed + held).toBe(1)
  })

  test('I6: one pass over the frames says of every candidate what a pass with it alone says', () => {
    const frames = [...recorded({ ...onCoupon, pages: pages(1.6) }, 260)]
    const shared = trailOf(plan, { ...onCoupon, pages: pages(1.6) }, 260)
    for (const { watch, firing } of shared.tried().filter((_, index) => index % 3 === 0)) {
      const alone = createRehearsal({ plan, model }, criterionOf(watch, 0.1, 'alone'))
      for (const record of frames) alone.add(record)
      expect([keyOf(watch, 0.1), alone.stoppedAt()]).toEqual([keyOf(watch, 0.1), firing?.at])
    }
  }, 60_000)

  test('I6: the same evidence gives the same proposal', () => {
    const again = proposalFor(plan, onCoupon, 420, asked)
    expect(again).toEqual(proposal)
  })

  test('I6: a criterion that fires on good evidence is never the one', () => {
    const good = [{ id: 'release-0', trail: trailOf(plan, onCoupon, 420) }]
    const jumpy = proposalFor(plan, onCoupon, 420, { ...asked, good })
    expect(jumpy.best).toBeUndefined()
    expect(jumpy.others[0]).toMatchObject({ firedOnGood: ['release-0'], doubt: 'fired on good evidence: release-0' })
  })

  test('I6: nothing is proposed where the gate that stopped was as good as any', () => {
    const quick = proposalFor(plan, onCoupon, 420, { ...asked, stoppedAt: at(151) })
    expect(quick.best).toBeUndefined()
    expect(quick.others.every(({ savedMs, savedOrders }) => savedMs <= 0 && savedOrders === undefined)).toBe(true)
  })

  test('I6: of equals the one with the fewest choices is proposed', () => {
    const everywhere: Partial<Simulation> = { lossAt: (ms) => ({ share: ms >= 150 * second ? 0.6 : 0, isLoud: false }) }
    const whole = proposalFor(plan, everywhere, 420, { beganAt: at(150) })
    expect(whole.best?.key).toMatch(/^completion:purchase@/)
  })

  test('the margin is the widest that the harm surely exceeded', () => {
    const [, percent = ''] = /@(\d+)%/.exec(proposal.best?.key ?? '') ?? []
    const lost = trail.tallies.relativeLoss({ from: at(150), until: at(420) }, 'purchase', proposal.best?.where)
    expect(Number(percent) / 100).toBeLessThan(lost?.low ?? 0)
  })

  test('I6: slow pages are no harm: one that was slow all along is doubted, whatever it fired on', () => {
    const slow = proposalFor(plan, { ...onCoupon, pages: pages(1.3) }, 420, asked)
    expect(slow.best?.key).toMatch(/^completion:purchase/)
    const doubts = slow.others.filter(({ key, savedMs }) => key.startsWith('latency') && savedMs > 0)
    expect(doubts.map(({ doubt }) => doubt)).toEqual(doubts.map(() => expect.any(String)))
    expect(doubts.length).toBeGreaterThan(0)
  })

  test('I6: errors that began with the harm, on a class that had passed before, are proposed', () => {
    const failing = brokenPages(150, 400)
    const weighed = weigh({
      plan,
      trail: fill(createTrail({ plan, model }), failing),
      beganAt: at(150),
      stoppedAt: at(400),
      good: [],
    })
    const tries = shortlist(weighed).map(
      ({ key, criterion }) => [key, fill(createRehearsal({ plan, model }, criterion), failing)] as const,
    )
    const { best, good } = propose(weighed, new Map(tries))
    expect(best).toMatchObject({ key: 'errors:checkout@10%', where: 'checkout' })
    expect(best?.savedMs).toBeGreaterThan(200 * second)
    expect(good).toMatchObject({ passed: 1, held: 0 })
  })
})

function fill<Sink extends { add(record: EvidenceRecord): void }>(
  sink: Sink,
  records: readonly EvidenceRecord[],
): Sink {
  for (const record of records) sink.add(record)
  return sink
}

function isPage({ kind }: { readonly kind: string }): boolean {
  return kind === 'page' || kind === 'visit'
}

/** Journeys are fine throughout; from a second on half of the candidate's pages fail. */
function brokenPages(from: number, seconds: number): EvidenceRecord[] {
  const broken = recorded({ seed: 2, pages: { ...pages(1), candidateErrorShare: 0.5 } }, seconds)
  return [...recorded({ pages: pages(1) }, seconds)].map((record) => {
    const other = broken.next().value
    if (record.frame.seq <= from || other === undefined) return record
    const cells = [...record.frame.cells.filter((cell) => !isPage(cell)), ...other.frame.cells.filter(isPage)]
    return { ...record, frame: { ...record.frame, cells } }
  })
}

function pages(slowDown: number): NonNullable<Simulation['pages']> {
  return { perMinute: 1_200, errorShare: 0.002, candidateErrorShare: 0.002, slowDown }
}

test('what every gate of the release has already is not tried again', () => {
  const watches = watchesOf(model, planOf([completionCriterion, errors, split]))
  expect(watches).not.toContainEqual({ signal: 'completion', flow: 'purchase' })
  expect(watches).not.toContainEqual({ signal: 'errors', route: 'product' })
  expect(watches).toContainEqual({ signal: 'completion', flow: 'purchase', path: 'coupon' })
  expect(watches).toContainEqual({ signal: 'errors', route: 'checkout' })
})
