import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { verdictKinds } from '../gate/verdict.ts'
import { stopModes } from '../model/release-plan.ts'
import {
  exposureOf,
  nextRaise,
  step,
  type Judged,
  type Release,
  type ReleaseEvent,
  type ReleaseEventKind,
  type Step,
  type StepContext,
} from './index.ts'

const pinMs = 50_000
const plan = {
  stages: [100, 500, 2_500, 10_000].map((visitorBasisPoints, index) => ({
    id: `stage-${index}`,
    visitorBasisPoints,
    urlBasisPoints: index > 1 ? visitorBasisPoints : 0,
    routes: [],
    window: { minMs: 0, maxMs: 1 },
    exit: { id: 'gate', owner: 'checkout', criteria: [], onFail: 'eject' as const, respondWithinMs: 1 },
    fallback: 'control' as const,
    reversible: index !== 2,
  })),
}

const people = ['ada@example.com', 'bo@example.com', 'cy@example.com']
const kinds: readonly ReleaseEventKind[] = [
  'prepared',
  'inherited',
  'approved',
  'approved',
  'raise-requested',
  'raise-requested',
  'judged',
  'judged',
  'judged',
  'judged',
  'judged',
  'hold-requested',
  'resume-requested',
  'stop-requested',
  'exposure-confirmed',
  'deadline-passed',
  'incident-opened',
  'incident-closed',
  'freeze-began',
  'freeze-ended',
  'close-requested',
]

/** One random moment: how much time went by, what happened, and what was true then. */
const moment = fc.record({
  kind: fc.constantFrom(...kinds),
  laterMs: fc.nat(20_000),
  person: fc.constantFrom(...people),
  granted: fc.boolean(),
  automatic: fc.boolean(),
  verdict: fc.oneof({ weight: 3, arbitrary: fc.constant('pass' as const) }, fc.constantFrom(...verdictKinds)),
  evidence: fc.constantFrom('evidence-a', 'evidence-b'),
  windowOver: fc.boolean(),
  minWindowOver: fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, fc.boolean()),
  mode: fc.constantFrom(...stopModes),
  incident: fc.constantFrom('inc-1', 'inc-2'),
  isStale: fc.boolean(),
  plan: fc.oneof({ weight: 8, arbitrary: fc.constant('plan-1') }, fc.constant('plan-2')),
  isBlocked: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
  rehearsed: fc.boolean(),
  cutOver: fc.boolean(),
})
type Moment = typeof moment extends fc.Arbitrary<infer Facts> ? Facts : never

function contextOf(facts: Moment, at: number): StepContext {
  return {
    at,
    owner: 'storefront',
    approvers: ['checkout'],
    planHash: facts.plan,
    stages: plan.stages.map(({ id, reversible }) => ({ id, reversible, rehearsed: facts.rehearsed })),
    obstacles: facts.isBlocked ? [{ kind: 'freeze', reason: 'peak trading' }] : [],
    cutOver: facts.cutOver,
  }
}

function judgedEvent(facts: Moment): Judged {
  const { verdict, automatic, granted, windowOver, minWindowOver, mode } = facts
  return {
    kind: 'judged',
    verdict,
    automatic,
    granted,
    windowOver,
    minWindowOver,
    onFail: mode,
    reason: `it says ${verdict}`,
    evidenceHash: facts.evidence,
    owner: 'checkout',
    respondWithinMs: 10_000,
  }
}

function approvalEvent(context: StepContext, release: Release, facts: Moment): ReleaseEvent {
  const next = nextRaise(context, release) ?? { toStage: 1, planHash: 'plan-1', evidenceHash: 'evidence-a' }
  const approval = { ...next, by: facts.person, at: context.at, expiresAt: context.at + 30_000 }
  const stale = { ...approval, evidenceHash: 'evidence-of-yesterday' }
  return { kind: 'approved', approval: facts.isStale ? stale : approval, granted: facts.granted }
}

function eventOf(context: StepContext, release: Release, facts: Moment): ReleaseEvent {
  const by = { kind: 'person', id: facts.person } as const
  const reason = 'because'
  const owner = { owner: 'checkout', respondWithinMs: 10_000 }
  switch (facts.kind) {
    case 'prepared':
      return { kind: 'prepared', planHash: facts.plan }
    case 'inherited':
      return { kind: 'inherited', planHash: facts.plan, reason }
    case 'approved':
      return approvalEvent(context, release, facts)
    case 'raise-requested':
      return { kind: 'raise-requested', by, granted: facts.granted, reason }
    case 'judged':
      return judgedEvent(facts)
    case 'hold-requested':
      return { kind: 'hold-requested', by, reason, ...owner }
    case 'resume-requested':
    case 'close-requested':
      return { kind: facts.kind, by, reason }
    case 'stop-requested':
      return { kind: 'stop-requested', by, reason, mode: facts.mode }
    case 'deadline-passed':
      return { kind: 'deadline-passed', escalateTo: 'sre', respondWithinMs: 10_000 }
    case 'incident-opened':
      return { kind: 'incident-opened', incident: facts.incident, ...owner }
    case 'incident-closed':
      return { kind: 'incident-closed', incident: facts.incident }
    case 'freeze-began':
      return { kind: 'freeze-began', reason, until: context.at + 10_000, owner: 'checkout' }
    case 'exposure-confirmed':
    case 'freeze-ended':
      return { kind: facts.kind }
  }
}

interface Scene {
  readonly context: StepContext
  readonly before: Release
  readonly event: ReleaseEvent
  readonly result: Step<Release>
  readonly after: Release
  /** The last look of the judge since the stage was entered. */
  readonly lastLook: Judged | undefined
}

/** Plays the moments from a draft and shows each scene to `check`. */
function play(moments: readonly Moment[], check: (scene: Scene) => void): void {
  let before: Release = { phase: 'ready', planHash: 'plan-1', approvals: [] }
  let at = 0
  let lastLook: Judged | undefined
  for (const facts of moments) {
    at += facts.laterMs
    const context = contextOf(facts, at)
    const event = eventOf(context, before, facts)
    const result = step(context, before, event)
    if (event.kind === 'judged') lastLook = event
    // A look at the gate as it was is no look at the gate as it is (R7): nothing that follows may rest on it.
    if (event.kind === 'inherited') lastLook = undefined
    check({ context, before, event, result, after: result.release, lastLook })
    if (stageOf(result.release) !== stageOf(before)) lastLook = undefined
    before = result.release
  }
}

const moments = fc.array(moment, { minLength: 1, maxLength: 60 })
const every = { numRuns: 1_000 }

const stageOf = (release: Release): number | undefined => ('stage' in release ? release.stage : undefined)
const causes = (release: Release): readonly string[] =>
  release.phase === 'held' ? release.holds.map((hold) => hold.cause.kind) : []
const isExposed = (release: Release): boolean => ['ramping', 'held', 'live'].includes(release.phase)

/** Everything that one could call more exposure: dials, and who may still come in. */
function exposed(release: Release, at: number): { readonly dials: number; readonly openness: number } {
  const grant = exposureOf(plan, release, { at, pinMs })
  if (grant === undefined) return { dials: 0, openness: 0 }
  const openness = { evict: 0, eject: 1, hold: 2, open: 3 }[grant.mode]
  return { dials: grant.visitorBasisPoints + grant.urlBasisPoints, openness }
}

const rises = ({ before, after, context: { at } }: Scene): boolean => {
  const [was, is] = [exposed(before, at), exposed(after, at)]
  return is.dials > was.dials || is.openness > was.openness
}

describe('release lifecycle', () => {
  test.prop([moments], every)('R1: exposure rises only by a pass of the gate and a valid grant', (sequence) => {
    play(sequence, (scene) => {
      if (!rises(scene)) return
      const { event, before, lastLook } = scene
      const isGranted =
        event.kind === 'judged'
          ? event.automatic || event.granted
          : (event.kind === 'raise-requested' || event.kind === 'approved') && event.granted
      expect(isGranted).toBe(true)
      if (before.phase === 'ready') expect(event.kind).toBe('raise-requested')
      else expect(lastLook).toMatchObject({ verdict: 'pass', minWindowOver: true })
    })
  })

  test.prop([moments, fc.constantFrom(...stopModes), fc.boolean()], every)(
    'R2: a stop from any exposed phase always ends exposure and is never refused',
    (sequence, mode, isBlocked) => {
      play(sequence, ({ after, context }) => {
        if (!isExposed(after)) return
        const obstacles = isBlocked ? [{ kind: 'finding', reason: 'no owner' } as const] : []
        const by = { kind: 'person', id: 'anybody@example.com' } as const
        const stop = step({ ...context, obstacles }, after, { kind: 'stop-requested', by, reason: 'harm', mode })
        expect(stop).toMatchObject({ outcome: 'changed', release: { phase: 'stopping', mode } })
        expect(stop.effects).toContainEqual({ kind: 'publish-exposure' })
        expect(exposureOf(plan, stop.release, { at: context.at + pinMs, pinMs })).toBeUndefined()
      })
    },
  )

  test.prop([moments], every)(
    'R2: once stopping, exposure never rises again and the mode only gets stricter',
    (sequence) => {
      play(sequence, ({ before, after, context }) => {
        if (before.phase !== 'stopping' && before.phase !== 'stopped') return
        expect(['stopping', 'stopped', 'closed']).toContain(after.phase)
        expect(exposed(after, context.at).openness).toBeLessThanOrEqual(exposed(before, context.at).openness)
      })
    },
  )

  test.prop([moments], every)(
    'R3: blind, underpowered, inconclusive and provider-error hold with owner and deadline; they never raise or revert',
    (sequence) => {
      play(sequence, ({ before, after, event, context: { at } }) => {
        if (event.kind !== 'judged' || event.verdict === 'pass' || event.verdict === 'fail') return
        expect(exposed(after, at)).toEqual(exposed(before, at))
        expect(stageOf(after)).toBe(stageOf(before))
        if (after.phase !== 'held') return
        for (const hold of after.holds) {
          expect(hold.owner).not.toBe('')
          expect(hold.deadline).toBeGreaterThan(0)
        }
      })
    },
  )

  test.prop([moments], every)('R3: a passed deadline escalates and moves nothing', (sequence) => {
    play(sequence, ({ before, after, event, result, context: { at } }) => {
      if (event.kind !== 'deadline-passed') return
      expect(after.phase).toBe(before.phase)
      expect(exposed(after, at)).toEqual(exposed(before, at))
      if (result.outcome === 'changed') expect(result.effects).toMatchObject([{ kind: 'notify', topic: 'escalated' }])
    })
  })

  test.prop([moments], every)(
    "R3: a verdict hold ends with its verdict, a person's hold only by a person",
    (sequence) => {
      play(sequence, ({ before, after, event }) => {
        if (event.kind === 'judged' && event.verdict === 'pass') expect(causes(after)).not.toContain('verdict')
        if (event.kind === 'resume-requested') {
          expect(causes(after)).toEqual(causes(before).filter((kind) => kind !== 'person'))
        }
        const isFreed = causes(before).includes('person') && ['ramping', 'held'].includes(after.phase)
        if (isFreed && !causes(after).includes('person')) expect(event.kind).toBe('resume-requested')
      })
    },
  )

  test.prop([moments], every)('R5: nothing rises while an obstacle, an incident or a freeze is there', (sequence) => {
    play(sequence, (scene) => {
      if (!rises(scene)) return
      expect(scene.context.obstacles).toEqual([])
      expect(causes(scene.before).filter((kind) => kind !== 'verdict')).toEqual([])
    })
  })

  test.prop([moments], every)('R6: a one-way stage is entered only after its runbook was rehearsed', (sequence) => {
    play(sequence, ({ before, after, context }) => {
      const stage = stageOf(after)
      if (stage === undefined || stage === stageOf(before)) return
      const facts = context.stages[stage]
      expect(facts?.reversible === true || facts?.rehearsed === true).toBe(true)
    })
  })

  test.prop([moments], every)('R8: an approval that is void leaves the state with the next change', (sequence) => {
    play(sequence, ({ after, result, context }) => {
      if (result.outcome !== 'changed' || !('approvals' in after)) return
      const next = nextRaise(context, after)
      for (const { expiresAt, planHash, evidenceHash, toStage } of after.approvals) {
        expect(expiresAt).toBeGreaterThan(context.at)
        expect({ planHash, evidenceHash, toStage }).toEqual(next)
      }
      expect(new Set(after.approvals.map((approval) => approval.by)).size).toBe(after.approvals.length)
    })
  })

  test.prop([moments], every)('R9: stages follow one another and none is skipped', (sequence) => {
    play(sequence, ({ before, after }) => {
      const [was, is] = [stageOf(before), stageOf(after)]
      if (is === undefined || is === was) return
      expect(is).toBe(was === undefined ? 0 : was + 1)
    })
  })

  test.prop([moments], every)('R10: a release is live only after the last stage passed', (sequence) => {
    play(sequence, ({ before, after, lastLook }) => {
      if (after.phase !== 'live' || before.phase === 'live') return
      expect(stageOf(before)).toBe(plan.stages.length - 1)
      expect(lastLook).toMatchObject({ verdict: 'pass', minWindowOver: true })
    })
  })

  test.prop([moments], every)('R11: closed absorbs, and nobody is exposed by it', (sequence) => {
    play(sequence, ({ before, after, context: { at } }) => {
      if (before.phase === 'closed') expect(after).toBe(before)
      if (after.phase === 'closed') expect(exposureOf(plan, after, { at, pinMs })).toBeUndefined()
      if (after.phase === 'closed' && isExposed(before)) expect(before.phase).toBe('live')
    })
  })

  test.prop([moments], every)(
    'R12: what is ignored or refused leaves the state untouched and has no effect',
    (sequence) => {
      play(sequence, ({ before, result }) => {
        expect(result.reason).not.toBe('')
        if (result.outcome === 'changed') return
        expect(result.release).toBe(before)
        expect(result.effects).toEqual([])
      })
    },
  )

  test.prop([moments], every)(
    'R13: whatever changes exposure publishes it, and a stop opens an incident once',
    (sequence) => {
      play(sequence, ({ before, after, result, context: { at } }) => {
        const kindsOf = result.effects.map((effect) => effect.kind)
        const [was, is] = [exposed(before, at), exposed(after, at)]
        if (was.dials !== is.dials || was.openness !== is.openness) expect(kindsOf).toContain('publish-exposure')
        const isStop = isExposed(before) && after.phase === 'stopping'
        expect(kindsOf.filter((kind) => kind === 'open-incident')).toHaveLength(isStop ? 1 : 0)
      })
    },
  )

  test.prop([moments], every)('R14: the same facts, state and event give the same step', (sequence) => {
    play(sequence, ({ context, before, event, result }) => {
      expect(step(structuredClone(context), structuredClone(before), structuredClone(event))).toEqual(result)
    })
  })
})
