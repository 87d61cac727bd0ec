import { constantExposure, faults, healthy, rampExposure, sideScenarios, type Scenario } from './simulator/scenario.ts'
import type { StreamSettings } from './simulator/stream.ts'

export type CellGroup = 'healthy' | 'fault' | 'side'

/** One kind of day: a shop's volume, an exposure and what is wrong with the candidate. */
export interface Cell {
  /** `scenario/volume/exposure`, which `--only` searches. */
  readonly id: string
  readonly group: CellGroup
  readonly scenario: Scenario
  readonly perMinute: Volume
  /** Percent, or the ramp. */
  readonly exposure: number | 'ramp'
}

export const volumes = [20, 200, 2_000] as const
export type Volume = (typeof volumes)[number]
export const exposures = [1, 5, 25] as const

function cell(group: CellGroup, scenario: Scenario, perMinute: Volume, exposure: Cell['exposure']): Cell {
  return { id: `${scenario.id}/${perMinute}/${exposure}`, group, scenario, perMinute, exposure }
}

function grid(group: CellGroup, scenario: Scenario): Cell[] {
  return volumes.flatMap((perMinute) => exposures.map((exposure) => cell(group, scenario, perMinute, exposure)))
}

const busy = [200, 2_000] as const

function sideCells(): Cell[] {
  const { late, heals, latency, sickPods, bots, whole20 } = sideScenarios
  const steady = [...late, ...heals, ...latency, sickPods, bots]
  return [
    ...busy.flatMap((perMinute) => [
      cell('side', healthy, perMinute, 'ramp'),
      cell('side', whole20, perMinute, 'ramp'),
    ]),
    ...steady.flatMap((scenario) => busy.map((perMinute) => cell('side', scenario, perMinute, 5))),
  ]
}

export const healthyCells: readonly Cell[] = grid('healthy', healthy)
export const faultCells: readonly Cell[] = faults.flatMap((fault) => grid('fault', fault))
export const cells: readonly Cell[] = [...healthyCells, ...faultCells, ...sideCells()]

export function settingsOf({ scenario, perMinute, exposure }: Cell, seed: number): StreamSettings {
  return { scenario, perMinute, seed, exposure: exposure === 'ramp' ? rampExposure : constantExposure(exposure) }
}
