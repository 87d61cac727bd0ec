import type { Method } from './methods/method.ts'

/** A method with its settings: it stops when one of the method's strengths reaches its threshold. */
export interface Entry {
  readonly id: string
  readonly title: string
  readonly method: Method
  /** One per rule of the method; Infinity where the rule is off. */
  readonly thresholds: readonly number[]
}
