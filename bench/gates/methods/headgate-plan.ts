import type { Criterion } from '@headgate/core/gate'
import type { OperatingModel, ReleasePlan } from '@headgate/core/model'
import { horizonTicks, paths, tickMs, ticksPerDay } from '../simulator/shop.ts'

/** What the shop's people declared: their completion rates are 3 % too high. */
const declaredError = 1.03

const step = { match: [], failsOn: [] }

/** The simulated shop as an operating model: one purchase flow of six paths, one route class. */
export const shopModel: OperatingModel = {
  shop: { name: 'bench', currencies: ['EUR'], markets: ['de'], servedBy: 'legacy' },
  teams: {},
  domains: {},
  components: {},
  routes: { checkout: { match: [], crawlable: false, timeoutMs: 5_000 } },
  flows: {
    purchase: {
      domain: 'checkout',
      steps: [
        { id: 'start-checkout', ...step },
        { id: 'order-placed', event: 'order-placed', ...step },
      ],
      startsAt: 'start-checkout',
      completesAt: 'order-placed',
      pinnedFrom: 'start-checkout',
      pinMs: 3_600_000,
      horizonMs: horizonTicks * tickMs,
      defaultPath: 'card',
      paths: Object.fromEntries(
        paths.map(({ id, share, completion }) => {
          return [id, { critical: false, share, completion: completion * declaredError, match: [] }]
        }),
      ),
    },
  },
  entities: {},
  integrations: {},
  runbooks: {},
  metricSources: {},
  notifiers: {},
}

/** One stage per step of the exposure, all with the same gate; the windows add up to a day. */
export function shopPlan(
  steps: readonly { readonly from: number; readonly basisPoints: number }[],
  criteria: readonly Criterion[],
): ReleasePlan {
  return {
    id: 'bench',
    components: ['next'],
    owner: 'checkout',
    flows: ['purchase'],
    salt: 1,
    falseStopBudget: 0.01,
    falsePassBudget: 0.01,
    stages: steps.map(({ from, basisPoints }, index) => ({
      id: `at-${basisPoints / 100}`,
      visitorBasisPoints: basisPoints,
      urlBasisPoints: 0,
      routes: [],
      window: { minMs: 0, maxMs: ((steps[index + 1]?.from ?? ticksPerDay) - from) * tickMs },
      exit: { id: 'exit', owner: 'checkout', criteria, onFail: 'eject', respondWithinMs: 60_000 },
      fallback: 'control',
      reversible: true,
    })),
    freezes: [],
    tickMs,
    lease: { durationMs: 15_000, onExpiry: 'control' },
  }
}
