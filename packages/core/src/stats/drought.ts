/**
 * A CUSUM that notices when a stream of expected events runs dry: each expected event adds almost 1, each one seen takes 3 away
 * (the log-ratio of "one in twenty arrives" against "all arrive"). Normal traffic keeps it near 0.
 */
export interface Drought {
  readonly level: number
  /** When the level last left 0. */
  readonly since: number
}

export const noDrought: Drought = { level: 0, since: 0 }

const leak = 0.05
const highest = 60

export function stepDrought(state: Drought, expected: number, seen: number, from: number): Drought {
  const level = Math.min(highest, Math.max(0, state.level + (1 - leak) * expected + Math.log(leak) * seen))
  return { level, since: state.level === 0 && level > 0 ? from : state.since }
}

/** Expected events without any seen at which evidence is set aside, and at which the stream counts as lost. */
export const droughtSuspected = 10
export const droughtCertain = 20
