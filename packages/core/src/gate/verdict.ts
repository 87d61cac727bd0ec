import type { Instant } from '../model/time.ts'

/** From best to worst; the gate's verdict is the worst of its criteria that are not shadows. */
export const verdictKinds = ['pass', 'inconclusive', 'underpowered', 'blind', 'provider-error', 'fail'] as const
export type VerdictKind = (typeof verdictKinds)[number]

/** What one criterion says now. `reason` says what was seen and how sure; `needs` what would change it. */
export interface CriterionVerdict {
  readonly criterion: string
  readonly signal: string
  readonly kind: VerdictKind
  readonly shadow: boolean
  readonly owner: string
  /** The incident that taught the criterion: it is inherited, not of the release's own file. */
  readonly incident?: string
  readonly reason: string
  readonly needs?: string
  /** While it is open: the end of the stage's window, by which it must be decided; then the stage holds, with a deadline of its own. */
  readonly until?: Instant
  /** Path or route class that carries the evidence. */
  readonly where?: string
  /** Wealth of the stop test and the level at which it stops. */
  readonly stop?: { readonly evidence: number; readonly threshold: number }
  /** The weakest of the pass tests and the level at which it passes. */
  readonly pass?: { readonly evidence: number; readonly threshold: number }
  /** Resolved units. */
  readonly units: { readonly control: number; readonly candidate: number }
  /** Observed rate per arm where the signal has one. */
  readonly rates?: { readonly control: number; readonly candidate: number }
}

export interface GateVerdict {
  readonly kind: VerdictKind
  readonly gate: string
  readonly stage: string
  readonly at: Instant
  /** Last frame that was taken into account. */
  readonly frame: number
  readonly reason: string
  readonly criteria: readonly CriterionVerdict[]
}
