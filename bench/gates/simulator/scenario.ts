import { payLater, ticksPerHour } from './shop.ts'

/** What is wrong with the candidate, by tick. */
export interface Scenario {
  readonly id: string
  readonly title: string
  /** Share of the candidate's orders that a session on this path loses if it starts in this tick. */
  readonly lossAt?: (tick: number, path: number) => number
  /** Lost orders show as explicit errors; silently nothing happens. */
  readonly isLoud: boolean
  readonly latency?: { readonly factor: number; readonly which: 'slowest' | 'random' }
  /** Error bursts on one of the candidate's four pods at a time. */
  readonly hasSickPods?: boolean
  readonly hasBots?: boolean
}

export const healthy: Scenario = { id: 'healthy', title: 'healthy (A/A)', isLoud: false }

function wholeShop(percent: number): Scenario {
  const share = percent / 100
  return { id: `whole-${percent}`, title: `whole shop -${percent} %`, isLoud: false, lossAt: () => share }
}

const onPayLater = (_tick: number, path: number): number => (path === payLater ? 1 : 0)

/** The faults of the main table. */
export const faults: readonly Scenario[] = [
  { id: 'edge-loud', title: 'pay-later dead, loud', isLoud: true, lossAt: onPayLater },
  { id: 'edge-silent', title: 'pay-later dead, silent', isLoud: false, lossAt: onPayLater },
  wholeShop(2),
  wholeShop(5),
  wholeShop(20),
]

const lateOnset = 8 * ticksPerHour
const healing = { from: ticksPerHour, until: 3 * ticksPerHour }

export const sideScenarios = {
  whole20: wholeShop(20),
  late: faults
    .filter(({ id }) => id.startsWith('edge') || id === 'whole-20')
    .map((fault) => ({
      ...fault,
      id: `late-${fault.id}`,
      title: `${fault.title}, from hour 8`,
      lossAt: (tick: number, path: number) => (tick < lateOnset ? 0 : (fault.lossAt?.(tick, path) ?? 0)),
    })),
  heals: faults
    .filter(({ id }) => id.startsWith('edge'))
    .map((fault) => ({
      ...fault,
      id: `heals-${fault.id}`,
      title: `${fault.title}, hour 1 to 3`,
      lossAt: (tick: number, path: number) =>
        tick < healing.from || tick >= healing.until ? 0 : (fault.lossAt?.(tick, path) ?? 0),
    })),
  latency: [
    latencyScenario('slowest', 1.1),
    latencyScenario('slowest', 1.3),
    latencyScenario('random', 1.1),
    latencyScenario('random', 1.3),
  ],
  sickPods: { id: 'sick-pods', title: 'sick candidate pods', isLoud: false, hasSickPods: true } satisfies Scenario,
  bots: { id: 'bots', title: 'bots', isLoud: false, hasBots: true } satisfies Scenario,
}

function latencyScenario(which: 'slowest' | 'random', factor: number): Scenario {
  const percent = Math.round((factor - 1) * 100)
  const title = `latency +${percent} % on ${which === 'slowest' ? 'the slowest' : 'a random'} 5 %`
  return { id: `latency-${which}-${percent}`, title, isLoud: false, latency: { factor, which } }
}

/** Exposure over the day, basis points. */
export type Exposure = (tick: number) => number

export function constantExposure(percent: number): Exposure {
  const basisPoints = Math.round(percent * 100)
  return () => basisPoints
}

/** 1 % for 30 minutes, 5 % for two hours, then 25 %. */
export const rampSteps = [
  { from: 0, basisPoints: 100 },
  { from: ticksPerHour / 2, basisPoints: 500 },
  { from: 2.5 * ticksPerHour, basisPoints: 2_500 },
] as const

export const rampExposure: Exposure = (tick) =>
  rampSteps.findLast(({ from }) => tick >= from)?.basisPoints ?? rampSteps[0].basisPoints
