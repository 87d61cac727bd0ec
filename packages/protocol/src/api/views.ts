import { z } from 'zod'

const instant = z.int().describe('Milliseconds since the Unix epoch')
const actor = z.object({ kind: z.enum(['person', 'automation']), id: z.string() })

export const criterionVerdictView = z.object({
  criterion: z.string(),
  signal: z.string(),
  kind: z.enum(['pass', 'inconclusive', 'underpowered', 'blind', 'provider-error', 'fail']),
  shadow: z.boolean(),
  owner: z.string(),
  /** The incident that taught the criterion, where the plan inherited it. */
  incident: z.string().exactOptional(),
  reason: z.string(),
  needs: z.string().exactOptional(),
  /** While it is open: the end of the stage's window, by which it must be decided. */
  until: instant.exactOptional(),
  where: z.string().exactOptional(),
  stop: z.object({ evidence: z.number(), threshold: z.number() }).exactOptional(),
  pass: z.object({ evidence: z.number(), threshold: z.number() }).exactOptional(),
  units: z.object({ control: z.number(), candidate: z.number() }),
  rates: z.object({ control: z.number(), candidate: z.number() }).exactOptional(),
})

export const gateVerdictView = z.object({
  kind: criterionVerdictView.shape.kind,
  gate: z.string(),
  stage: z.string(),
  at: instant,
  frame: z.int(),
  reason: z.string(),
  criteria: z.array(criterionVerdictView),
})
export type GateVerdictView = z.infer<typeof gateVerdictView>

export const approvalView = z.object({
  by: z.string(),
  at: instant,
  expiresAt: instant,
  planHash: z.string(),
  evidenceHash: z.string(),
  toStage: z.int(),
})

/** One release as people see it: where it is, why, who must act, and how far the last change has reached. */
export const releaseView = z.object({
  id: z.string(),
  revision: z.int(),
  phase: z.enum(['draft', 'ready', 'ramping', 'held', 'stopping', 'stopped', 'live', 'closed']),
  owner: z.string(),
  planHash: z.string(),
  stages: z.array(
    z.object({
      id: z.string(),
      visitorBasisPoints: z.int(),
      urlBasisPoints: z.int(),
      routes: z.array(z.string()),
      minWindowMs: z.int(),
      maxWindowMs: z.int(),
      enteredAt: instant.exactOptional(),
      leftAt: instant.exactOptional(),
    }),
  ),
  /** Index of the current stage; absent before the start. */
  stage: z.int().exactOptional(),
  /** What gateways are told to expose right now. */
  exposure: z.object({
    visitorBasisPoints: z.int(),
    urlBasisPoints: z.int(),
    mode: z.enum(['none', 'open', 'hold', 'eject', 'evict']),
  }),
  /** How many live gateways confirmed it. */
  confirmed: z.object({ gateways: z.int(), of: z.int() }),
  reason: z.string(),
  since: instant,
  hold: z
    .object({ cause: z.string(), reason: z.string(), owner: z.string(), deadline: instant, escalations: z.int() })
    .exactOptional(),
  stop: z
    .object({
      mode: z.enum(['hold', 'eject', 'evict']),
      by: actor,
      reason: z.string(),
      requestedAt: instant,
      inEffectAt: instant.exactOptional(),
    })
    .exactOptional(),
  verdict: gateVerdictView.exactOptional(),
  /** Approvals of the next raise that still count. */
  approvals: z.array(approvalView),
  /** What the next raise needs: distinct people of these teams per domain, or automation. */
  raise: z.array(
    z.object({
      domain: z.string(),
      quorum: z.int(),
      teams: z.array(z.string()),
      automationUpToBasisPoints: z.int().exactOptional(),
    }),
  ),
  /** Hash to quote in an approval: binds it to plan and evidence. */
  approvalHash: z.string().exactOptional(),
  incidents: z.array(z.string()),
})
export type ReleaseView = z.infer<typeof releaseView>

export const releaseEventView = z.object({
  seq: z.int(),
  at: instant,
  actor,
  kind: z.string(),
  reason: z.string(),
  payload: z.record(z.string(), z.unknown()),
  hash: z.string(),
})
export type ReleaseEventView = z.infer<typeof releaseEventView>

export const intervalView = z.object({ low: z.number(), mid: z.number(), high: z.number() })

const act = z.object({ by: z.string(), at: instant, reason: z.string() })

/** What came of an incident: a criterion that later stages inherit, or a decision that it teaches none. */
export const incidentLessonView = z.discriminatedUnion('kind', [
  act.extend({
    kind: z.literal('accepted'),
    /** Id of the inherited criterion. */
    criterion: z.string(),
    /** What was proposed: `completion:purchase/coupon@30%`. */
    key: z.string(),
    retired: act.exactOptional(),
  }),
  act.extend({ kind: z.literal('waived') }),
])
export type IncidentLessonView = z.infer<typeof incidentLessonView>

export const incidentView = z.object({
  id: z.string(),
  release: z.string(),
  stage: z.string(),
  status: z.enum(['draft', 'open', 'closed']),
  openedAt: instant,
  closedAt: instant.exactOptional(),
  reason: z.string(),
  criterion: z.string().exactOptional(),
  /** Flow path or route class where the harm shows. */
  where: z.string().exactOptional(),
  /** When the evidence of harm began to grow. */
  harmBeganAt: instant.exactOptional(),
  /** The stop, or the end of the harm where a person reported it. */
  stopRequestedAt: instant,
  stopInEffectAt: instant.exactOptional(),
  /** Who saw the harm, where no stop wrote the draft. */
  reportedBy: z.string().exactOptional(),
  shoppersExposed: z.int(),
  /** Orders fewer than the concurrent control would have placed, with a 95 % interval. */
  ordersLost: intervalView.exactOptional(),
  verdict: gateVerdictView.exactOptional(),
  /** Absent while nobody has decided. */
  lesson: incidentLessonView.exactOptional(),
})
export type IncidentView = z.infer<typeof incidentView>

export const proposedCriterionView = z.object({
  /** By which it is accepted. */
  key: z.string(),
  watches: z.string(),
  /** Its part of the release's false-stop budget, and the odds at which it stops. */
  falseStopShare: z.number(),
  threshold: z.number(),
  sign: z.string(),
  where: z.string().exactOptional(),
  firedAt: instant,
  /** Its evidence spoke of harm before the stage in which it fired. */
  hadGrown: z.boolean(),
  stage: z.string(),
  /** Before the real stop; negative = after it. */
  savedMs: z.number(),
  savedOrders: intervalView.exactOptional(),
  firedOnGood: z.array(z.string()),
  /** Why it is not proposed although it was early enough. */
  doubt: z.string().exactOptional(),
})
export type ProposedCriterionView = z.infer<typeof proposedCriterionView>

/** What an incident teaches: the criterion that would have stopped first, and what it was weighed against. */
export const proposalView = z.object({
  release: z.string(),
  incident: z.string().exactOptional(),
  /** What stopped the release really, if anything did. */
  stoppedBy: z.string().exactOptional(),
  harm: z.object({
    beganAt: instant,
    isBeginningUnknown: z.boolean(),
    stoppedAt: instant,
    ordersLost: intervalView.exactOptional(),
    journeys: z.number(),
    path: z.string().exactOptional(),
  }),
  tried: z.int(),
  good: z.object({
    stages: z.array(z.string()),
    releases: z.array(z.string()),
    journeys: z.number(),
    /** Good stages that would have passed the best one before they were left, and that would have waited for it. */
    passed: z.int(),
    held: z.int(),
  }),
  best: proposedCriterionView.exactOptional(),
  others: z.array(proposedCriterionView),
  /** What has been decided already. */
  lesson: incidentLessonView.exactOptional(),
})
export type ProposalView = z.infer<typeof proposalView>

/** A criterion that plans inherit. */
export const lessonView = z.object({
  id: z.string(),
  incident: z.string(),
  key: z.string(),
  watches: z.string(),
  domain: z.string(),
  owner: z.string(),
  accepted: act,
  retired: act.exactOptional(),
  /** Releases that are judged by it now, or would be. */
  releases: z.array(z.string()),
})
export type LessonView = z.infer<typeof lessonView>

export const gatewayView = z.object({
  id: z.string(),
  status: z.enum(['live', 'silent']),
  lastHeardAt: instant,
  snapshotVersion: z.int(),
  appliedAt: instant.exactOptional(),
})
export type GatewayView = z.infer<typeof gatewayView>

export const findingView = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  path: z.string(),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
})
export type FindingView = z.infer<typeof findingView>

export const whoView = z.object({
  right: z.string(),
  on: z.string(),
  domain: z.string(),
  quorum: z.int(),
  people: z.array(z.object({ address: z.string(), teams: z.array(z.string()) })),
  oncall: z.array(z.object({ team: z.string(), oncall: z.string() })),
  automationUpToBasisPoints: z.int().exactOptional(),
  escalation: z.array(z.object({ afterMs: z.int(), to: z.string() })),
})
export type WhoView = z.infer<typeof whoView>

export const verificationView = z.object({
  release: z.string(),
  ok: z.boolean(),
  events: z.int(),
  frames: z.int(),
  verdicts: z.int(),
  head: z.string(),
  /** First place where the record disagrees with itself. */
  broken: z
    .object({ what: z.enum(['event', 'frame', 'verdict', 'state']), seq: z.int(), reason: z.string() })
    .exactOptional(),
})
export type VerificationView = z.infer<typeof verificationView>

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  principal: z.string(),
  scopes: z.array(z.string()),
  createdAt: instant,
  expiresAt: instant.exactOptional(),
  lastUsedAt: instant.exactOptional(),
})
export type TokenView = z.infer<typeof tokenView>
