import {
  completionCriterion,
  labPaths,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
} from '../gate/simulation.test-support.ts'
import type { Criterion } from '../gate/criterion.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import type { ReleasePlan, Stage } from '../model/release-plan.ts'
import type { SightReport } from './report.ts'
import { sightReport } from './sight-report.ts'
import type { Traffic } from './traffic.ts'

/** The simulated shop with a quiet path that no margin guards. */
export const sightModel: OperatingModel = simulatedModel(labPaths, 900_000)

export const orders: Criterion = { ...completionCriterion, margin: 0.1, pathMargins: { critical: 0.2 }, minUnits: 100 }
export const allSignals: readonly Criterion[] = [
  orders,
  { id: 'errors', signal: 'errors', routes: ['product', 'checkout'], margin: 0.01, minUnits: 100 },
  { id: 'latency', signal: 'latency', routes: ['product'], tolerance: 0.2, minUnits: 100 },
  { id: 'worth', signal: 'revenue', flow: 'purchase', margin: 0.1, minUnits: 100 },
  { id: 'mismatches', signal: 'count', flow: 'purchase', event: 'price-mismatch', margin: 0.02, minUnits: 100 },
  { id: 'split', signal: 'split' },
  { id: 'queue', signal: 'metric', source: 'm', query: 'q', max: 10, freshnessMs: 60_000, consecutive: 3 },
]

const hour = 3_600_000

export function sightPlan(criteria: readonly Criterion[] = allSignals, changes: Partial<Stage> = {}): ReleasePlan {
  const window = { minMs: hour / 2, maxMs: 8 * hour }
  return simulatedPlan(
    [
      { ...simulatedStage(500, criteria, window), ...changes },
      simulatedStage(5_000, criteria, window),
      simulatedStage(10_000, criteria, window),
    ],
    { tickMs: 10_000 },
  )
}

export function trafficOf(perMinute: number): Traffic {
  return {
    origin: 'stated',
    flows: {
      purchase: {
        perMinute,
        medianDelayMs: 150_000,
        p95DelayMs: 560_000,
        averageOrder: { amount: 60, currency: 'EUR' },
        items: { 'price-mismatch': { share: 0.01 } },
        paths: Object.fromEntries(
          labPaths.map(({ id, share, completion }) => [id, { share, completion, failing: 0.006 }]),
        ),
      },
    },
    routes: { product: { perMinute: perMinute * 3, errorShare: 0.002 }, checkout: { perMinute, errorShare: 0.002 } },
    visitorsPerMinute: perMinute * 2,
  }
}

export function reportOf(plan: ReleasePlan, perMinute: number, at = 0): SightReport {
  return sightReport(plan, sightModel, { traffic: trafficOf(perMinute), at })
}

export function criterionOf(
  report: SightReport,
  stage: number,
  id: string,
): SightReport['stages'][number]['criteria'][number] {
  const found = report.stages[stage]?.criteria.find(({ criterion }) => criterion === id)
  if (found === undefined) throw new Error(`stage ${stage} has no criterion ${id}`)
  return found
}
