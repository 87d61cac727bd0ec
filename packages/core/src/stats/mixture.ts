import { logAddExp } from './log-math.ts'

/**
 * A weighted average of e-processes that live in one filtration (one alternative each), with restarts for harm that begins late:
 * a part of the stake is kept as cash and paid into every alternative bit by bit. Stakes plus cash is a martingale from 1
 * under the null, so P(wealth ever >= 1/alpha) <= alpha (Ville). Source: Shin, Ramdas, Rinaldo, "e-detectors"
 * (arXiv:2203.03532); gate-statistics, section 3.5.
 */
export interface MixtureState {
  /** ln of the wealth that each alternative holds. */
  readonly logStakes: readonly number[]
  /** Cash not yet paid out. */
  readonly cash: number
  /** Per alternative how far its log-ratio lies above its lowest point (a CUSUM), and since when it has been above 0. */
  readonly climbs: readonly number[]
  readonly since: readonly number[]
}

/** The weights of the alternatives; they sum to 1. */
export interface MixtureDesign {
  readonly logWeights: readonly number[]
}

/** Part of the stake that is kept for restarts. */
export const restartCash = 0.15

export function mixtureDesign(weights: readonly number[]): MixtureDesign {
  let total = 0
  for (const weight of weights) total += weight
  return { logWeights: weights.map((weight) => Math.log(weight / total)) }
}

export function openMixture(design: MixtureDesign): MixtureState {
  const stake = Math.log(1 - restartCash)
  const zeros = design.logWeights.map(() => 0)
  return {
    logStakes: design.logWeights.map((weight) => weight + stake),
    cash: restartCash,
    climbs: zeros,
    since: zeros,
  }
}

/** What a tick brings: log-ratios per alternative, the cash left after it, and when the tick before ended. */
export interface MixtureStep {
  readonly increments: readonly number[]
  readonly cash: number
  readonly from: number
}

/** Multiplies each stake by its ratio, then pays the cash that fell due. */
export function stepMixture(state: MixtureState, design: MixtureDesign, step: MixtureStep): MixtureState {
  const spend = Math.max(0, state.cash - step.cash)
  const logSpend = spend > 0 ? Math.log(spend) : -Infinity
  const logStakes: number[] = []
  const climbs: number[] = []
  const since: number[] = []
  design.logWeights.forEach((logWeight, index) => {
    const increment = step.increments[index] ?? 0
    logStakes.push(logAddExp((state.logStakes[index] ?? -Infinity) + increment, logSpend + logWeight))
    const before = state.climbs[index] ?? 0
    const climb = Math.max(0, before + increment)
    climbs.push(climb)
    since.push(before === 0 && climb > 0 ? step.from : (state.since[index] ?? 0))
  })
  return { logStakes, cash: state.cash - spend, climbs, since }
}

/** ln of stakes plus cash. States never change, so each one's wealth is summed up once. */
export function logWealth(state: MixtureState): number {
  const known = knownWealth.get(state) ?? sumOfWealth(state)
  knownWealth.set(state, known)
  return known
}

const knownWealth = new WeakMap<MixtureState, number>()

function sumOfWealth(state: MixtureState): number {
  let high = state.cash > 0 ? Math.log(state.cash) : -Infinity
  for (const stake of state.logStakes) if (stake > high) high = stake
  let sum = state.cash * Math.exp(-high)
  for (const stake of state.logStakes) sum += Math.exp(stake - high)
  return high + Math.log(sum)
}

/** Index of the alternative that holds the most. */
export function leadingAlternative(state: MixtureState): number {
  let lead = 0
  state.logStakes.forEach((stake, index) => {
    if (stake > (state.logStakes[lead] ?? -Infinity)) lead = index
  })
  return lead
}

/**
 * Cash left after `elapsedMs`: three quarters are paid evenly over the planned window, three quarters of the rest over a
 * further window of that length, and so on. Spread over the plan's own window because that is what is known about the onset of harm:
 * any moment of it. A release of minutes so restarts as often, in units seen, as one of days; one that is held for long
 * never runs dry. Costs ln(1/0.85) at once, and ln(window / delay) nats more for harm that begins late.
 */
export function restartCashLeft(elapsedMs: number, windowMs: number): number {
  const windows = Math.max(0, elapsedMs) / windowMs
  const whole = Math.floor(windows)
  const atStart = restartCash * 0.25 ** whole
  return atStart * (1 - 0.75 * (windows - whole))
}
