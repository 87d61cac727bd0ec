import { evidenceContext, enterStage, judge, observe, openEvidence, type Criterion } from '@headgate/core/gate'
import {
  completionCriterion,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
} from '../packages/core/src/gate/simulation.test-support.ts'

/**
 * One tick of the judge: fold a frame in, then judge the gate.
 *
 *   node bench/judge.ts
 *
 * Method: 50 criteria (20 on completion, each with a margin on every path, 14 on errors, 14 on latency, split, one metric) over a
 * flow of 20 paths and two route classes; 600 checkout starts and 1,200 first requests a minute, ticks of one second, share
 * 50 %. After 1,000 ticks to warm up (a release is judged for hours), 600 are measured one by one; the lower quartile is little disturbed by other work on the machine.
 */
const paths = Array.from({ length: 20 }, (_, index) => ({ id: `path-${index}`, share: 0.05, completion: 0.7 }))
const pathMargins = Object.fromEntries(paths.map(({ id }) => [id, 0.3]))
const routes = ['product', 'checkout']
const criteria: Criterion[] = [
  ...Array.from({ length: 20 }, (_, index) => ({ ...completionCriterion, id: `orders-${index}`, pathMargins })),
  ...Array.from({ length: 14 }, (_, index) => {
    return { id: `errors-${index}`, signal: 'errors', routes, margin: 0.02, minUnits: 50 } as const
  }),
  ...Array.from({ length: 14 }, (_, index) => {
    return { id: `latency-${index}`, signal: 'latency', routes, tolerance: 0.2, minUnits: 50 } as const
  }),
  { id: 'split', signal: 'split' },
  { id: 'queue', signal: 'metric', source: 'm', query: 'q', max: 10, freshnessMs: 60_000, consecutive: 3 },
]

const model = simulatedModel(paths)
const window = { minMs: 60_000, maxMs: 3_600_000 }
const context = evidenceContext(simulatedPlan([simulatedStage(5_000, criteria, window)]), model)
const pages = { perMinute: 1_200, errorShare: 0.002, candidateErrorShare: 0.002, slowDown: 1 }

let state = enterStage(context, openEvidence(context), 0, simulationStart)
const observing: number[] = []
const judging: number[] = []
for (const frame of simulate({ ...labSimulation, paths, pages })) {
  const before = performance.now()
  state = observe(context, state, frame)
  const between = performance.now()
  const verdict = judge(context, state, 0, frame.at)
  const after = performance.now()
  if (verdict.criteria.length !== 50) throw new Error('every criterion must be judged')
  if (frame.seq > 1_000) {
    observing.push(between - before)
    judging.push(after - between)
  }
  if (frame.seq === 1_600) break
}

console.log('one tick, 50 criteria x 20 paths, milliseconds: lower quartile, median of 600 ticks')
console.log(`  observe ${quantile(observing, 0.25)}  ${quantile(observing, 0.5)}`)
console.log(`  judge   ${quantile(judging, 0.25)}  ${quantile(judging, 0.5)}`)
console.log(`  state   ${(JSON.stringify(state).length / 1_024).toFixed(0)} KiB of JSON`)

function quantile(values: readonly number[], at: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor(at * (sorted.length - 1))] ?? Number.NaN).toFixed(3)
}
