/**
 * Everything that `headgate check` can find in a model that can be read. Each code has one severity and a section in
 * docs/reference/check-findings.md (a test checks both directions). An error blocks exposure; a warning does not.
 */
export const findingSeverities = {
  'unknown-reference': 'error',
  'component-without-owner': 'error',
  'component-cycle': 'error',
  'component-without-upstream': 'error',
  'contract-cycle': 'warning',
  'contract-without-provider': 'warning',
  'team-without-people': 'error',
  'domain-without-stop': 'error',
  'domain-without-escalation': 'error',
  'domain-without-raise': 'error',
  'stop-needs-quorum': 'error',
  'quorum-out-of-reach': 'error',
  'shadowed-route': 'error',
  'flow-out-of-order': 'error',
  'completion-by-page': 'warning',
  'unreachable-step': 'error',
  'identity-matches-shoppers': 'error',
  'unbounded-retry': 'error',
  'integration-without-owner': 'error',
  'integration-without-response': 'error',
  'integration-drops-messages': 'warning',
  'release-without-owner': 'error',
  'release-without-flows': 'error',
  'release-stops-short': 'warning',
  'releases-overlap': 'warning',
  'candidate-without-upstream': 'error',
  'route-not-taken-over': 'error',
  'unwatched-critical-flow': 'error',
  'gate-without-owner': 'error',
  'gate-without-response': 'error',
  'criterion-without-evidence': 'error',
  'blind-criterion': 'error',
  'unseen-path': 'warning',
  'loss-budget-without-value': 'error',
  'stage-without-fallback': 'error',
  'stage-without-runbook': 'error',
  'runbook-not-rehearsed': 'error',
  'window-too-short': 'error',
  'window-below-horizon': 'warning',
  'crawlers-left-behind': 'warning',
  'lease-outlives-control-plane': 'warning',
} as const satisfies Record<string, 'error' | 'warning'>

export type FindingCode = keyof typeof findingSeverities
export type FindingSeverity = 'error' | 'warning'

/** A gap in the operating model. The message names the thing and the next step. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: FindingSeverity
  /** JSON pointer in the words of the files: `/domains/checkout/rights/stop`, `/releases/<id>/stages/0/exit/criteria/1`. */
  readonly path: string
  readonly message: string
}

export function finding(code: FindingCode, path: string, message: string): Finding {
  return { code, severity: findingSeverities[code], path, message }
}
