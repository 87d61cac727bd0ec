import { describeCause, exposureOf, countingApprovals, nextRaise, type Release } from '@headgate/core/release'
import type { ReleaseEventView, ReleaseView } from '@headgate/protocol/api'
import { gateVerdictView } from '@headgate/protocol/api'
import type { Judgement } from './evidence-store.ts'
import { longestPinMs } from './exposures.ts'
import type { ReleaseFacts } from './facts.ts'
import type { EventEntry } from './release-store.ts'
import { approvalHashOf } from './rights.ts'

export interface ViewParts {
  readonly facts: ReleaseFacts
  readonly judgement: Judgement | undefined
  readonly confirmed: { readonly gateways: number; readonly of: number }
  readonly incidents: readonly string[]
}

export function toReleaseView({ facts, judgement, confirmed, incidents }: ViewParts): ReleaseView {
  const { row, plan, needs, context } = facts
  const { release, reason, since } = row.record
  const next = nextRaise(context, release)
  const stage = stageOf(release)
  return {
    id: row.id,
    revision: row.revision,
    phase: release.phase,
    owner: plan.owner,
    planHash: row.planHash,
    stages: stageViews(facts),
    ...(stage === undefined ? {} : { stage }),
    exposure: exposureView(facts),
    confirmed,
    reason,
    since,
    ...holdView(release),
    ...stopView(release),
    ...(judgement === undefined ? {} : { verdict: gateVerdictView.parse(judgement.verdict) }),
    approvals: [...countingApprovals(context, release)],
    raise: needs.map(({ teams, ...need }) => ({ ...need, teams: [...teams] })),
    ...(next === undefined ? {} : { approvalHash: approvalHashOf(next) }),
    incidents: [...incidents],
  }
}

function stageOf(release: Release): number | undefined {
  return 'stage' in release ? release.stage : undefined
}

function stageViews({ plan, row }: ReleaseFacts): ReleaseView['stages'] {
  return plan.stages.map((stage, index) => {
    const time = row.record.stages[index]
    return {
      id: stage.id,
      visitorBasisPoints: stage.visitorBasisPoints,
      urlBasisPoints: stage.urlBasisPoints,
      routes: [...stage.routes],
      minWindowMs: stage.window.minMs,
      maxWindowMs: stage.window.maxMs,
      ...time,
    }
  })
}

function exposureView({ plan, row, current, context }: ReleaseFacts): ReleaseView['exposure'] {
  const pinMs = longestPinMs(plan, current.model)
  const exposure = exposureOf(plan, row.record.release, { at: context.at, pinMs })
  if (exposure === undefined) return { visitorBasisPoints: 0, urlBasisPoints: 0, mode: 'none' }
  const { visitorBasisPoints, urlBasisPoints, mode } = exposure
  return { visitorBasisPoints, urlBasisPoints, mode }
}

/** Several causes are shown as one: the kinds and reasons of all, with the owner and deadline that come first. */
function holdView(release: Release): Pick<ReleaseView, 'hold'> {
  if (release.phase !== 'held') return {}
  const [first] = release.holds.toSorted((a, b) => a.deadline - b.deadline)
  if (first === undefined) return {}
  return {
    hold: {
      cause: release.holds
        .map((hold) => (hold.cause.kind === 'verdict' ? hold.cause.verdict : hold.cause.kind))
        .join(', '),
      reason: release.holds.map((hold) => describeCause(hold.cause)).join('; '),
      owner: first.owner,
      deadline: first.deadline,
      escalations: Math.max(...release.holds.map((hold) => hold.escalations)),
    },
  }
}

function stopView(release: Release): Pick<ReleaseView, 'stop'> {
  if (release.phase !== 'stopping' && release.phase !== 'stopped') return {}
  const { mode, by, reason, requestedAt } = release
  const inEffect = release.phase === 'stopped' ? { inEffectAt: release.inEffectAt } : {}
  return { stop: { mode, by, reason, requestedAt, ...inEffect } }
}

export function toEventView({ stored, text, hash }: EventEntry): ReleaseEventView {
  const payload: Record<string, unknown> = JSON.parse(text)
  const { seq, actor, event, context } = stored
  return {
    seq,
    at: context.at,
    actor,
    kind: event.kind,
    reason: 'reason' in event && actor.kind === 'person' ? event.reason : stored.reason,
    payload,
    hash,
  }
}
