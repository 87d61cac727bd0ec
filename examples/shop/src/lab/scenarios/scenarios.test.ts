import { describe, expect, test } from 'vitest'
import type { Entry, Outcome } from '../record.ts'
import { anIncident, aRecord, aStoppedView, aView, faultAtTime, pageAt, viewAt } from '../testing/records.ts'
import { scenarios } from './index.ts'

function differences(name: string, entries: readonly Entry[], outcome: Partial<Outcome>): readonly string[] {
  const scenario = scenarios.find((known) => known.name === name)
  if (scenario === undefined) throw new Error(`no scenario ${name}`)
  return scenario.differences(aRecord(entries, outcome))
}

function anEvent(kind: string): Outcome['events'][number] {
  return { seq: 1, at: 1, actor: { kind: 'person', id: 'x@example.com' }, kind, reason: '', payload: {}, hash: 'h' }
}

const broken = { release: 'r', ok: false, events: 1, frames: 1, verdicts: 1, head: 'h' }

describe('healthy', () => {
  const live = aView({
    phase: 'live',
    stage: 2,
    stages: aView().stages.map((stage) => ({ ...stage, enteredAt: 1 })),
    exposure: { visitorBasisPoints: 10_000, urlBasisPoints: 10_000, mode: 'open' },
  })

  test('is met when every stage was passed and the release is live', () => {
    expect(differences('healthy', [], { view: live })).toEqual([])
  })

  test.each([
    ['a stop', { view: aStoppedView() }, /should be live/],
    ['a stage left out', { view: { ...live, stages: aView().stages } }, /should pass fifth, half, all/],
    ['an incident', { view: live, incidents: [anIncident()] }, /no incident/],
    ['a stop that was undone', { view: live, events: [anEvent('stop-requested')] }, /nothing should be stopped/],
    ['a record that does not verify', { view: live, verification: broken }, /should verify/],
  ])('is not met by %s', (_what, outcome, difference) => {
    expect(differences('healthy', [], outcome).join('\n')).toMatch(difference)
  })
})

describe('checkout-edge', () => {
  const fault = faultAtTime(50_000, 'coupon-silent')
  const met = { view: aStoppedView(), incidents: [anIncident()] }

  test('is met by a stop that names the coupon path and takes effect at once', () => {
    expect(differences('checkout-edge', [fault, pageAt(80_040, 'candidate'), pageAt(82_000, 'control')], met)).toEqual(
      [],
    )
  })

  test.each([
    ['no stop', [fault], { view: aView() }, /should be stopped, but is ramping/],
    ['a stop before anything was broken', [faultAtTime(85_000, 'x')], met, /stopped before anything was broken/],
    [
      'a stop that came late',
      [fault],
      { ...met, view: aStoppedView({ requestedAt: 300_000, inEffectAt: 300_050 }) },
      /within 180 s/,
    ],
    [
      'a stop by a person',
      [fault],
      { ...met, view: aStoppedView({ by: { kind: 'person', id: 'a@example.com' } }) },
      /stop by itself/,
    ],
    ['a stop that takes seconds', [fault], { ...met, view: aStoppedView({ inEffectAt: 83_000 }) }, /in effect within/],
    ['a page of the candidate afterwards', [fault, pageAt(82_000, 'candidate')], met, /no new visitor/],
    ['a fault in the first stage', [faultAtTime(20_000, 'x')], met, /first stage should have passed/],
    ['no incident', [fault], { ...met, incidents: [] }, /an incident/],
    ['another path', [fault], { ...met, incidents: [anIncident({ where: 'card' })] }, /names "card"/],
    [
      'another signal',
      [fault],
      { ...met, view: aStoppedView({}, { signal: 'latency' }) },
      /completion should have seen it/,
    ],
  ])('is not met by %s', (_what, entries, outcome, difference) => {
    expect(differences('checkout-edge', entries, outcome).join('\n')).toMatch(difference)
  })
})

describe('blind', () => {
  const hold = { cause: 'blind', reason: 'no outcomes', owner: 'checkout', deadline: 99_000, escalations: 0 }
  const first = aView({ stage: 0, exposure: { visitorBasisPoints: 2_000, urlBasisPoints: 0, mode: 'open' } })
  const held = { ...first, phase: 'held' as const, hold }
  const fault = faultAtTime(10_000, 'blind')
  const healed = faultAtTime(40_000)

  test('is met by a hold with owner and deadline that ends with its cause', () => {
    expect(differences('blind', [fault, viewAt(20_000, held), healed, viewAt(50_000, first)], { view: first })).toEqual(
      [],
    )
  })

  test.each([
    ['no hold', [fault, viewAt(20_000, first), healed], {}, /held as blind/],
    ['a rise while blind', [fault, viewAt(20_000, held), viewAt(21_000, aView()), healed], {}, /nothing should rise/],
    [
      'a revert',
      [fault, viewAt(20_000, held), viewAt(21_000, aStoppedView()), healed],
      {},
      /nothing should be reverted/,
    ],
    [
      'a person who had to resume it',
      [fault, viewAt(20_000, held), healed],
      { events: [anEvent('resume-requested')] },
      /nobody should have to resume/,
    ],
  ])('is not met by %s', (_what, entries, outcome, difference) => {
    expect(differences('blind', entries, { view: first, ...outcome }).join('\n')).toMatch(difference)
  })
})

describe('low-traffic', () => {
  const hold = { cause: 'underpowered', reason: 'thin', owner: 'checkout', deadline: 99_000, escalations: 0 }
  const held = aView({ phase: 'held', stage: 0, hold })

  test('is met by a hold that says underpowered, with owner and deadline', () => {
    expect(differences('low-traffic', [viewAt(1, held)], { view: held })).toEqual([])
  })

  test.each([
    ['a pass', aView(), /should be held, but is ramping/],
    ['a hold for another reason', { ...held, hold: { ...hold, cause: 'blind' } }, /held as underpowered/],
    ['a stop', aStoppedView(), /should be held/],
  ])('is not met by %s', (_what, view, difference) => {
    expect(differences('low-traffic', [viewAt(1, view)], { view }).join('\n')).toMatch(difference)
  })
})

describe('control-plane-loss', () => {
  const killed: Entry = { kind: 'server', at: 10_000, what: 'killed' }
  const back: Entry = { kind: 'server', at: 30_000, what: 'back' }
  const first = aView({ stage: 0 })
  const outcome = { view: aView(), events: [anEvent('raise-requested')] }
  const story = [
    viewAt(9_000, first),
    killed,
    pageAt(19_000, 'candidate'),
    pageAt(22_000, 'control'),
    back,
    viewAt(31_000, first),
  ]

  test('is met when leases end exposure in time and the release goes on where it was', () => {
    expect(differences('control-plane-loss', story, outcome)).toEqual([])
  })

  test.each([
    [
      'exposure that outlives its lease',
      [...story.slice(0, 4), pageAt(25_000, 'candidate'), ...story.slice(4)],
      outcome,
      /served 15 s after the kill/,
    ],
    [
      'exposure that ends at once',
      story.filter((entry) => entry.kind !== 'page'),
      outcome,
      /go on serving while its lease lasts/,
    ],
    [
      'pages that fail',
      [...story.slice(0, 3), pageAt(20_000, 'nobody', 503), ...story.slice(3)],
      outcome,
      /but 1 failed/,
    ],
    [
      'another stage after the restart',
      [...story.slice(0, -1), viewAt(31_000, aView({ stage: 1 }))],
      outcome,
      /resume at stage 0/,
    ],
    [
      'a second start',
      story,
      { ...outcome, events: [anEvent('raise-requested'), anEvent('raise-requested')] },
      /started once/,
    ],
    ['a stop', story, { ...outcome, view: aStoppedView() }, /nothing should be stopped/],
  ])('is not met by %s', (_what, entries, end, difference) => {
    expect(differences('control-plane-loss', entries, end).join('\n')).toMatch(difference)
  })
})
