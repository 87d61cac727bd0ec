import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import {
  completionDesign,
  completionAlternatives,
  harmKindShares,
  logWealth,
  openMixture,
  stepMixture,
} from '../stats/index.ts'
import { evidenceContext } from './context.ts'
import type { Criterion } from './criterion.ts'
import type { EvidenceFrame } from './evidence.ts'
import { judge } from './judge.ts'
import { enterStage, observe, openEvidence } from './observe.ts'
import {
  completionCriterion,
  labPaths,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
} from './simulation.test-support.ts'
import type { EvidenceState } from './state.ts'
import { stopEvidence, subjectsOf } from './subjects.ts'

const model = simulatedModel()
const onCoupon = {
  ...completionCriterion,
  id: 'on-coupon',
  onlyPaths: ['coupon'],
  pathMargins: {},
  margin: 0.4,
} as const
const latency = { id: 'latency', signal: 'latency', routes: ['product'], tolerance: 0.2, minUnits: 5 } as const
const taught = [
  { ...onCoupon, incident: 'release-0-9' },
  { ...latency, id: 'taught', tolerance: 0.5, incident: 'release-0-9' },
  { id: 'errors', signal: 'errors', routes: ['checkout'], margin: 0.02, minUnits: 5, incident: 'release-0-9' },
] as const

function contextOf(criteria: readonly Criterion[]) {
  return evidenceContext(simulatedPlan([simulatedStage(5_000, criteria), simulatedStage(8_000, criteria)]), model)
}

function framesOf(count: number, loss: { readonly path: string; readonly share: number }): EvidenceFrame[] {
  const pages = { perMinute: 600, errorShare: 0.002, candidateErrorShare: 0.002, slowDown: 1 }
  const lossAt = (_: number, path: string) => ({ share: path === loss.path ? loss.share : 0, isLoud: false })
  const frames: EvidenceFrame[] = []
  for (const frame of simulate({ ...labSimulation, pages, lossAt })) {
    if (frames.push(frame) === count) return frames
  }
  return frames
}

function fold(criteria: readonly Criterion[], frames: readonly EvidenceFrame[], from?: EvidenceState): EvidenceState {
  const context = contextOf(criteria)
  const open = from ?? enterStage(context, openEvidence(context), 0, simulationStart)
  return frames.reduce((state, frame) => observe(context, state, frame), open)
}

describe('a criterion on one path', () => {
  test.prop([
    fc.array(fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 60, maxLength: 60 }), { maxLength: 6 }),
  ])('G1: its evidence is that of a mixture that was opened on the path alone', (steps) => {
    const paths = labPaths.length
    const shares = labPaths.map((path) => path.share)
    const all = completionDesign('silent', shares)
    const own = completionAlternatives(paths).map(({ path }) => path === 2)
    const weight = all.logWeights.reduce((sum, log, index) => sum + (own[index] === true ? Math.exp(log) : 0), 0)
    const alone = {
      logWeights: all.logWeights.map((log, index) => (own[index] === true ? log - Math.log(weight) : -Infinity)),
    }
    let [whole, part] = [openMixture(all), openMixture(alone)]
    steps.forEach((increments, index) => {
      const step = { increments, cash: 0.2 - (index + 1) / 40, from: index }
      whole = stepMixture(whole, all, step)
      part = stepMixture(part, alone, step)
    })
    const context = contextOf([onCoupon])
    const open = openEvidence(context)
    const flow = open.flows['purchase']
    if (flow === undefined) throw new Error('no flow')
    const worthless = { ...flow.stop.loud, cash: 0, logStakes: flow.stop.loud.logStakes.map(() => -1_000) }
    const state = { ...open, flows: { purchase: { ...flow, stop: { silent: whole, loud: worthless } } } }
    const evidence = stopEvidence(subjectsOf(context, state, onCoupon))
    expect(evidence?.log).toBeCloseTo(Math.log(harmKindShares.silent) + logWealth(part), 9)
  })

  test('it stops sooner on harm there than one that looks everywhere, and never on harm elsewhere', () => {
    const frames = framesOf(300, { path: 'coupon', share: 0.9 })
    const stops = (criterion: Criterion) => fold([criterion], frames).criteria[criterion.id]?.stopped?.frame ?? Infinity
    expect(stops(onCoupon)).toBeLessThan(stops(completionCriterion))
    expect(
      fold([onCoupon], framesOf(300, { path: 'guest', share: 0.9 })).criteria['on-coupon']?.stopped,
    ).toBeUndefined()
  })

  test('it passes on the journeys of its path alone, and counts no others', () => {
    const context = contextOf([{ ...onCoupon, minUnits: 1 }])
    const state = fold([{ ...onCoupon, minUnits: 1 }], framesOf(240, { path: 'guest', share: 0.9 }))
    const [verdict] = judge(context, state, 0, state.at ?? 0).criteria
    expect(verdict).toMatchObject({ kind: 'pass' })
    expect(verdict?.units.candidate).toBeLessThan(150)
  })
})

describe('criteria that are inherited while a release runs', () => {
  const frames = framesOf(60, { path: 'coupon', share: 0 })
  const own = [completionCriterion, latency]

  test.prop([fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 })], { numRuns: 12 })(
    'G18: the fold goes on from the same state, the criteria that stay keep their evidence, and a replay gives the same bits',
    (gained, lost) => {
      const [first, last] = [Math.min(gained, lost), Math.max(gained, lost)]
      const replay = (): EvidenceState => {
        const before = fold(own, frames.slice(0, first))
        const during = fold([...own, ...taught], frames.slice(first, last), before)
        return JSON.parse(JSON.stringify(fold(own, frames.slice(last), during)))
      }
      const changed = replay()
      expect(replay()).toEqual(changed)
      const plain: EvidenceState = JSON.parse(JSON.stringify(fold(own, frames)))
      expect(changed.flows).toEqual(plain.flows)
      expect(changed.criteria['orders']).toEqual(plain.criteria['orders'])
    },
    20_000,
  )

  test('G18: each of them is judged, and says which incident taught it', () => {
    const before = fold(own, frames.slice(0, 40))
    const criteria = [...own, ...taught]
    const after = fold(criteria, frames.slice(40), before)
    const verdicts = judge(contextOf(criteria), after, 0, after.at ?? 0).criteria
    expect(verdicts.map(({ incident }) => incident)).toEqual([
      undefined,
      undefined,
      ...taught.map(({ incident }) => incident),
    ])
    expect(after.routes['product']?.latency['0.5']?.model).toBeDefined()
    expect(verdicts.map(({ kind }) => kind)).not.toContain('fail')
  })
})
