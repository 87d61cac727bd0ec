import { describe, expect, it } from 'vitest'
import { genesisHash } from '../audit/chain.ts'
import {
  draft,
  exposureOf,
  step,
  type Effect,
  type Judged,
  type Release,
  type ReleaseEvent,
  type StepContext,
} from './index.ts'

const ada = { kind: 'person', id: 'ada@example.com' } as const
const owned = { owner: 'checkout', respondWithinMs: 60_000 }

/** A release that is played event by event; `effects` are those of the last one. */
function scenario(facts: Partial<StepContext> = {}) {
  let context: StepContext = {
    at: 0,
    owner: 'storefront',
    approvers: ['checkout', 'commerce'],
    planHash: 'plan-1',
    stages: ['canary', 'all'].map((id) => ({ id, reversible: true, rehearsed: false })),
    obstacles: [],
    cutOver: false,
    ...facts,
  }
  let release: Release = draft
  let effects: readonly Effect[] = []
  let last = ''
  const self = {
    get release() {
      return release
    },
    get topics() {
      return effects.flatMap((effect) => (effect.kind === 'notify' ? [`${effect.topic} ${effect.to}`] : [effect.kind]))
    },
    get outcome() {
      return last
    },
    facts(more: Partial<StepContext>) {
      context = { ...context, ...more }
      return self
    },
    at(at: number) {
      return self.facts({ at })
    },
    on(event: ReleaseEvent) {
      const result = step(context, release, event)
      ;({ release, effects } = result)
      last = result.outcome === 'changed' ? 'changed' : `${result.outcome}: ${result.reason}`
      return self
    },
    judged: (verdict: Judged['verdict'], more: Partial<Judged> = {}) =>
      self.on({
        kind: 'judged',
        verdict,
        reason: 'as measured',
        evidenceHash: `evidence of ${verdict}`,
        automatic: false,
        granted: false,
        windowOver: false,
        minWindowOver: true,
        onFail: 'evict',
        ...owned,
        ...more,
      }),
    approved: (by: string, granted: boolean, evidenceHash: string, toStage: number) =>
      self.on({
        kind: 'approved',
        granted,
        approval: {
          by,
          at: context.at,
          expiresAt: context.at + 10_000,
          planHash: context.planHash,
          evidenceHash,
          toStage,
        },
      }),
    started: () =>
      self
        .on({ kind: 'prepared', planHash: context.planHash })
        .on({ kind: 'raise-requested', by: ada, granted: true, reason: 'go' }),
  }
  return self
}

const ramping = { phase: 'ramping', stage: 0 }

describe('raising', () => {
  it('happens at once when automation may raise', () => {
    const play = scenario().started().judged('pass', { automatic: true })
    expect(play.release).toMatchObject({ phase: 'ramping', stage: 1, approvals: [] })
    expect(play.topics).toEqual(['publish-exposure', 'raised storefront'])
  })

  it('waits for the least window even when automation may raise', () => {
    const play = scenario().started().judged('pass', { automatic: true, minWindowOver: false })
    expect(play.release).toEqual({ ...ramping, enteredAt: 0, approvals: [] })
  })

  it('asks every approver once per evidence', () => {
    const play = scenario().started().judged('pass')
    expect(play.topics).toEqual(['approval-needed checkout', 'approval-needed commerce'])
    expect(play.judged('pass').outcome).toContain('ignored')
    play.judged('inconclusive').judged('pass', { evidenceHash: 'evidence of another pass' })
    expect(play.topics).toEqual(['approval-needed checkout', 'approval-needed commerce'])
  })

  it('happens with the yes that completes the quorum', () => {
    const play = scenario().started().judged('pass')
    play.approved('ada@example.com', false, 'evidence of pass', 1)
    expect(play.release).toMatchObject({ ...ramping, approvals: [{ by: 'ada@example.com' }] })
    play.approved('bo@example.com', true, 'evidence of pass', 1)
    expect(play.release).toMatchObject({ phase: 'ramping', stage: 1 })
  })

  it('refuses the same person twice, another evidence, another stage', () => {
    const play = scenario().started().judged('pass').approved('ada@example.com', false, 'evidence of pass', 1)
    expect(play.approved('ada@example.com', true, 'evidence of pass', 1).outcome).toContain('has approved already')
    expect(play.approved('bo@example.com', true, 'evidence of yesterday', 1).outcome).toContain('evidence has changed')
    expect(play.approved('bo@example.com', true, 'evidence of pass', 2).outcome).toContain('next is 1')
  })

  it('counts no approval that expired', () => {
    const play = scenario().started().judged('pass').approved('ada@example.com', false, 'evidence of pass', 1)
    play.at(10_000).approved('bo@example.com', false, 'evidence of pass', 1)
    expect(play.release).toMatchObject({ approvals: [{ by: 'bo@example.com' }] })
  })

  it('happens by itself when the obstacle is gone that kept a complete quorum waiting', () => {
    const play = scenario().started().judged('pass')
    play.facts({ obstacles: [{ kind: 'incident', reason: 'incident inc-1 is open' }] })
    play.approved('ada@example.com', true, 'evidence of pass', 1)
    expect(play.release).toMatchObject(ramping)
    play.facts({ obstacles: [] }).judged('pass', { granted: true })
    expect(play.release).toMatchObject({ phase: 'ramping', stage: 1 })
  })

  it('R7: a plan that inherited a criterion voids what was approved before', () => {
    const play = scenario().on({ kind: 'prepared', planHash: 'plan-1' })
    play.approved('ada@example.com', false, genesisHash, 0)
    expect(play.release).toMatchObject({ approvals: [{ by: 'ada@example.com' }] })
    play.facts({ planHash: 'plan-2' }).on({ kind: 'prepared', planHash: 'plan-2' })
    expect(play.release).toEqual({ phase: 'ready', planHash: 'plan-2', approvals: [] })
  })

  it('R7: a release that inherits while it runs rises only on a new pass', () => {
    const play = scenario().started().judged('pass').approved('ada@example.com', false, 'evidence of pass', 1)
    play
      .facts({ planHash: 'plan-2' })
      .on({ kind: 'inherited', planHash: 'plan-2', reason: 'incident next-7 taught a criterion' })
    expect(play.release).toEqual({ ...ramping, stage: 0, enteredAt: expect.any(Number), approvals: [] })
    expect(play.topics).toContain('inherited storefront')
    play.on({ kind: 'raise-requested', by: { kind: 'person', id: 'ada@example.com' }, granted: true, reason: 'quick' })
    expect(play.release).toMatchObject({ stage: 0 })
    expect(play.judged('pass', { granted: true, evidenceHash: 'with the lesson' }).release).toMatchObject({ stage: 1 })
  })

  it('of a start waits for the start itself, though the quorum is complete', () => {
    const play = scenario().on({ kind: 'prepared', planHash: 'plan-1' })
    play.approved('ada@example.com', true, genesisHash, 0)
    expect(play.release.phase).toBe('ready')
  })

  it('goes live after the last stage without a grant, for nothing rises', () => {
    const play = scenario().started().judged('pass', { automatic: true }).judged('pass', { evidenceHash: 'second' })
    expect(play.release).toMatchObject({ phase: 'live', stage: 1 })
    expect(play.topics).toEqual(['live storefront'])
  })
})

describe('holding', () => {
  it('is at once when blind, and ends by itself', () => {
    const play = scenario().started().judged('blind')
    expect(play.release).toMatchObject({ phase: 'held', holds: [{ owner: 'checkout', deadline: 60_000 }] })
    expect(play.topics).toEqual(['held checkout'])
    expect(play.judged('inconclusive').release).toMatchObject(ramping)
    expect(play.topics).toEqual(['resumed storefront'])
  })

  it('comes with the end of the window when too little is known', () => {
    const play = scenario().started().judged('underpowered')
    expect(play.release).toMatchObject(ramping)
    expect(play.judged('underpowered', { windowOver: true }).release.phase).toBe('held')
  })

  it("leaves the owner's clock running while one holding verdict follows another", () => {
    const play = scenario().started().judged('blind').at(5_000).judged('provider-error')
    expect(play.release).toMatchObject({
      holds: [{ since: 0, deadline: 60_000, cause: { verdict: 'provider-error' } }],
    })
  })

  it('has several causes that end one by one', () => {
    const play = scenario()
      .started()
      .on({ kind: 'hold-requested', by: ada, reason: 'peak hour', ...owned })
      .on({ kind: 'incident-opened', incident: 'inc-1', ...owned })
      .on({ kind: 'freeze-began', reason: 'sale', until: 9_000, owner: 'commerce' })
      .on({ kind: 'resume-requested', by: ada, reason: 'hour is over' })
      .on({ kind: 'freeze-ended' })
    expect(play.release).toMatchObject({ phase: 'held', holds: [{ cause: { incident: 'inc-1' } }] })
    expect(play.on({ kind: 'resume-requested', by: ada, reason: 'please' }).outcome).toContain('refused')
    expect(play.on({ kind: 'incident-closed', incident: 'inc-1' }).release).toMatchObject(ramping)
  })

  it('escalates to the next in line and gives them their time', () => {
    const play = scenario().started().judged('blind').at(60_000)
    play.on({ kind: 'deadline-passed', escalateTo: 'sre', respondWithinMs: 1_000 })
    expect(play.release).toMatchObject({ holds: [{ escalations: 1, deadline: 61_000 }] })
    expect(play.topics).toEqual(['escalated sre'])
  })
})

describe('stopping', () => {
  const stop = { kind: 'stop-requested', by: ada, reason: 'prices are wrong' } as const
  const plan = {
    stages: ['canary', 'all'].map((id) => ({
      id,
      visitorBasisPoints: 500,
      urlBasisPoints: 0,
      routes: [],
      window: { minMs: 0, maxMs: 1 },
      exit: { id: 'gate', owner: 'checkout', criteria: [], onFail: 'eject' as const, respondWithinMs: 1 },
      fallback: 'control' as const,
      reversible: true,
    })),
  }

  it('follows a fail with the response of the gate', () => {
    const play = scenario().started().judged('fail', { onFail: 'eject' })
    expect(play.release).toMatchObject({ phase: 'stopping', mode: 'eject', by: { kind: 'automation', id: 'gate' } })
    expect(play.topics).toEqual(['publish-exposure', 'open-incident', 'stopping storefront'])
  })

  it('keeps pinned journeys until the last pin has run out', () => {
    const { release } = scenario()
      .started()
      .at(1_000)
      .on({ ...stop, mode: 'eject' })
    expect(exposureOf(plan, release, { at: 5_999, pinMs: 5_000 })).toEqual({
      stage: 0,
      visitorBasisPoints: 500,
      urlBasisPoints: 0,
      mode: 'eject',
    })
    expect(exposureOf(plan, release, { at: 6_000, pinMs: 5_000 })).toBeUndefined()
  })

  it('can be made stricter, also when it is in effect; never milder', () => {
    const play = scenario()
      .started()
      .on({ ...stop, mode: 'hold' })
      .on({ kind: 'exposure-confirmed' })
    expect(play.release.phase).toBe('stopped')
    expect(play.at(1_000).on({ ...stop, mode: 'evict' }).release).toMatchObject({
      phase: 'stopping',
      mode: 'evict',
      requestedAt: 0,
    })
    expect(play.on({ ...stop, mode: 'eject' }).outcome).toContain('ignored')
  })

  it('evicts a live release too, until it is closed, which waits for the operating model', () => {
    const live = scenario().started().judged('pass', { automatic: true }).judged('pass')
    expect(live.on({ kind: 'close-requested', by: ada, reason: 'done' }).outcome).toContain('name the candidate')
    expect(
      live.facts({ cutOver: true }).on({ kind: 'close-requested', by: ada, reason: 'done' }).release,
    ).toMatchObject({
      phase: 'closed',
      outcome: 'live',
    })
    const other = scenario().started().judged('pass', { automatic: true }).judged('pass')
    expect(other.on({ ...stop, mode: 'evict' }).release.phase).toBe('stopping')
  })
})
