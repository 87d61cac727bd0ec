import type {
  GatewayView,
  GateVerdictView,
  IncidentView,
  ReleaseEventView,
  ReleaseView,
  VerificationView,
} from '@headgate/protocol/api'
import type { Traffic } from './world.ts'

/** One thing that happened in a lab run, in the order in which the lab learned of it. */
export type Entry =
  | { readonly kind: 'view'; readonly at: number; readonly view: ReleaseView }
  | { readonly kind: 'link-lost'; readonly at: number; readonly reason: string }
  | { readonly kind: 'fault'; readonly at: number; readonly faults: readonly string[] }
  | { readonly kind: 'act'; readonly at: number; readonly by: string; readonly what: string }
  | { readonly kind: 'server'; readonly at: number; readonly what: 'killed' | 'back' }
  /** Right after a stop was confirmed by all gateways: since when each obeys the snapshot that carries it. */
  | { readonly kind: 'confirmed'; readonly at: number; readonly gateways: readonly GatewayView[] }
  | { readonly kind: 'page'; readonly at: number; readonly page: ProbedPage }

/** A page as one of the lab's own visitors got it; `at` of its entry is when it was asked for. */
export interface ProbedPage {
  readonly gateway: string
  readonly servedBy: 'control' | 'candidate' | 'nobody'
  readonly status: number
}

/** What the product itself says at the end. */
export interface Outcome {
  readonly view: ReleaseView
  readonly events: readonly ReleaseEventView[]
  readonly verdicts: readonly GateVerdictView[]
  readonly incidents: readonly IncidentView[]
  readonly verification: VerificationView
  readonly traffic: Traffic
}

/** A whole run: what the expectations of a scenario are functions of. */
export interface LabRecord {
  readonly startedAt: number
  readonly endedAt: number
  readonly entries: readonly Entry[]
  readonly outcome: Outcome
}

export function viewsOf(entries: readonly Entry[]): readonly { readonly at: number; readonly view: ReleaseView }[] {
  return entries.flatMap((entry) => (entry.kind === 'view' ? [entry] : []))
}

/** When the first fault was put into effect. */
export function faultAt(entries: readonly Entry[]): number | undefined {
  return entries.find((entry) => entry.kind === 'fault' && entry.faults.length > 0)?.at
}

export function serverAt(entries: readonly Entry[], what: 'killed' | 'back'): number | undefined {
  return entries.find((entry) => entry.kind === 'server' && entry.what === what)?.at
}

/** When the last page that the candidate served was asked for, among the pages asked for in a span of time. */
export function lastCandidatePageAt(
  entries: readonly Entry[],
  { from, until }: { readonly from: number; readonly until: number },
): number | undefined {
  return entries.findLast(
    (entry) => entry.kind === 'page' && entry.page.servedBy === 'candidate' && entry.at >= from && entry.at < until,
  )?.at
}

/** Pages that failed for a shopper, among those the lab's own visitors asked for. */
export function failedPages(entries: readonly Entry[]): number {
  return entries.filter((entry) => entry.kind === 'page' && (entry.page.status >= 500 || entry.page.status === 0))
    .length
}

export interface StageVisit {
  readonly id: string
  readonly percent: number
  readonly enteredAt: number
  readonly leftAt: number | undefined
}

export function stageVisits({ stages }: ReleaseView): readonly StageVisit[] {
  return stages.flatMap(({ id, visitorBasisPoints, enteredAt, leftAt }) =>
    enteredAt === undefined ? [] : [{ id, percent: visitorBasisPoints / 100, enteredAt, leftAt }],
  )
}
