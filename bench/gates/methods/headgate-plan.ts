import type { Criterion } from '@headgate/core/gate'
import type { OperatingModel, ReleasePlan } from '@headgate/core/model'
import {
  simulatedModel,
  simulatedPlan,
  simulatedStage,
} from '../../../packages/core/src/gate/simulation.test-support.ts'
import { horizonTicks, paths, tickMs, ticksPerDay } from '../simulator/shop.ts'

/** What the shop's people declared: their completion rates are 3 % too high. */
const declaredError = 1.03

/** The simulated shop as an operating model: one purchase flow of six paths, one route class. */
export const shopModel: OperatingModel = modelOfShop()

function modelOfShop(): OperatingModel {
  const model = simulatedModel(paths, horizonTicks * tickMs)
  const flows = Object.entries(model.flows).map(([id, flow]) => {
    const declared = paths.map(({ id: path, share, completion }) => {
      return [path, { critical: false, share, completion: completion * declaredError, match: [] }]
    })
    return [id, { ...flow, paths: Object.fromEntries(declared) }]
  })
  return {
    ...model,
    routes: { checkout: { match: [], crawlable: false, timeoutMs: 5_000 } },
    flows: Object.fromEntries(flows),
  }
}

/** One stage per step of the exposure, all with the same gate; the windows add up to a day. */
export function shopPlan(
  steps: readonly { readonly from: number; readonly basisPoints: number }[],
  criteria: readonly Criterion[],
): ReleasePlan {
  const stages = steps.map(({ from, basisPoints }, index) => {
    const maxMs = ((steps[index + 1]?.from ?? ticksPerDay) - from) * tickMs
    return simulatedStage(basisPoints, criteria, { minMs: 0, maxMs })
  })
  return simulatedPlan(stages, { tickMs })
}
