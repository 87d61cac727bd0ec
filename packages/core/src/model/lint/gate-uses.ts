import type { Gate, ReleasePlan, Stage } from '../release-plan.ts'

/** One side of one stage that a gate guards. A gate that is defined once and named by several stages has several uses. */
export interface GateUse {
  readonly path: string
  readonly side: 'entry' | 'exit'
  readonly gate: Gate
  readonly stage: Stage
  readonly stageIndex: number
  /** Findings about the gate itself are reported here only. */
  readonly isFirstUse: boolean
}

export function gateUsesOf(plan: ReleasePlan): GateUse[] {
  const seen = new Set<string>()
  return plan.stages.flatMap((stage, stageIndex) =>
    (['entry', 'exit'] as const).flatMap((side) => {
      const gate = stage[side]
      if (gate === undefined) return []
      const isFirstUse = !seen.has(gate.id)
      seen.add(gate.id)
      const path = `/releases/${plan.id}/stages/${stageIndex}/${side}`
      return [{ path, side, gate, stage, stageIndex, isFirstUse }]
    }),
  )
}
