import { describe, expect, it } from 'vitest'
import { genesisHash } from '../audit/chain.ts'
import type { Release, ReleaseEvent, ReleaseEventKind, ReleasePhase, StepContext } from './index.ts'
import { step } from './index.ts'

const person = { kind: 'person', id: 'checkout-lead@example.com' } as const
const at = 1_000_000

const context: StepContext = {
  at,
  owner: 'storefront',
  approvers: ['checkout'],
  planHash: 'plan-2',
  stages: [
    { id: 'canary', reversible: true, rehearsed: false },
    { id: 'quarter', reversible: true, rehearsed: false },
    { id: 'all', reversible: true, rehearsed: false },
  ],
  obstacles: [],
  cutOver: false,
}

const hold = {
  cause: { kind: 'person', by: person.id, reason: 'peak hour' },
  since: 900_000,
  owner: 'checkout',
  deadline: 950_000,
  escalations: 0,
} as const
const staged = { stage: 0, enteredAt: 800_000, approvals: [], passedEvidence: 'evidence-7' } as const
const withdrawal = { stage: 0, mode: 'hold', by: person, reason: 'odd prices', requestedAt: 900_000 } as const

/** One typical release per phase, chosen so that events find something to change. */
const releases: Record<ReleasePhase, Release> = {
  draft: { phase: 'draft' },
  ready: { phase: 'ready', planHash: 'plan-2', approvals: [] },
  ramping: { phase: 'ramping', ...staged },
  held: { phase: 'held', ...staged, holds: [hold] },
  stopping: { phase: 'stopping', ...withdrawal },
  stopped: { phase: 'stopped', ...withdrawal, inEffectAt: 950_000 },
  live: { phase: 'live', since: 900_000, stage: 2 },
  closed: { phase: 'closed', at: 900_000, outcome: 'live' },
}

function eventFor(phase: ReleasePhase, kind: ReleaseEventKind): ReleaseEvent {
  const approval = {
    by: person.id,
    at,
    expiresAt: at + 60_000,
    planHash: 'plan-2',
    evidenceHash: phase === 'ready' ? genesisHash : 'evidence-7',
    toStage: phase === 'ready' ? 0 : 1,
  }
  const events: { readonly [Kind in ReleaseEventKind]: Extract<ReleaseEvent, { kind: Kind }> } = {
    prepared: { kind: 'prepared', planHash: 'plan-3' },
    inherited: { kind: 'inherited', planHash: 'plan-3', reason: 'an incident taught a criterion' },
    approved: { kind: 'approved', approval, granted: true },
    'raise-requested': { kind: 'raise-requested', by: person, granted: true, reason: 'looks good' },
    judged: {
      kind: 'judged',
      verdict: 'fail',
      reason: 'orders are lost',
      evidenceHash: 'evidence-8',
      automatic: false,
      granted: false,
      windowOver: false,
      minWindowOver: true,
      owner: 'checkout',
      respondWithinMs: 60_000,
      onFail: 'eject',
    },
    'hold-requested': {
      kind: 'hold-requested',
      by: person,
      reason: 'wait',
      owner: 'checkout',
      respondWithinMs: 60_000,
    },
    'resume-requested': { kind: 'resume-requested', by: person, reason: 'go on' },
    'stop-requested': { kind: 'stop-requested', by: person, reason: 'enough', mode: 'evict' },
    'exposure-confirmed': { kind: 'exposure-confirmed' },
    'deadline-passed': { kind: 'deadline-passed', escalateTo: 'sre', respondWithinMs: 60_000 },
    'incident-opened': { kind: 'incident-opened', incident: 'inc-1', owner: 'sre', respondWithinMs: 60_000 },
    'incident-closed': { kind: 'incident-closed', incident: 'inc-1' },
    'freeze-began': { kind: 'freeze-began', reason: 'peak trading', until: at + 60_000, owner: 'checkout' },
    'freeze-ended': { kind: 'freeze-ended' },
    'close-requested': { kind: 'close-requested', by: person, reason: 'done' },
  }
  return events[kind]
}

/** The phase that follows, or why nothing does. No `Partial`: the compiler demands every cell. */
type Expected = ReleasePhase | 'ignored' | 'refused'
const table: Record<ReleasePhase, Record<ReleaseEventKind, Expected>> = {
  draft: {
    prepared: 'ready',
    inherited: 'ignored',
    approved: 'refused',
    'raise-requested': 'refused',
    judged: 'ignored',
    'hold-requested': 'refused',
    'resume-requested': 'refused',
    'stop-requested': 'refused',
    'exposure-confirmed': 'ignored',
    'deadline-passed': 'ignored',
    'incident-opened': 'ignored',
    'incident-closed': 'ignored',
    'freeze-began': 'ignored',
    'freeze-ended': 'ignored',
    'close-requested': 'closed',
  },
  ready: {
    prepared: 'ready',
    inherited: 'ignored',
    approved: 'ready',
    'raise-requested': 'ramping',
    judged: 'ignored',
    'hold-requested': 'refused',
    'resume-requested': 'refused',
    'stop-requested': 'refused',
    'exposure-confirmed': 'ignored',
    'deadline-passed': 'ignored',
    'incident-opened': 'ignored',
    'incident-closed': 'ignored',
    'freeze-began': 'ignored',
    'freeze-ended': 'ignored',
    'close-requested': 'closed',
  },
  ramping: {
    prepared: 'refused',
    inherited: 'ramping',
    approved: 'ramping',
    'raise-requested': 'ramping',
    judged: 'stopping',
    'hold-requested': 'held',
    'resume-requested': 'refused',
    'stop-requested': 'stopping',
    'exposure-confirmed': 'ramping',
    'deadline-passed': 'ignored',
    'incident-opened': 'held',
    'incident-closed': 'ignored',
    'freeze-began': 'held',
    'freeze-ended': 'ignored',
    'close-requested': 'refused',
  },
  held: {
    prepared: 'refused',
    inherited: 'held',
    approved: 'held',
    'raise-requested': 'refused',
    judged: 'stopping',
    'hold-requested': 'ignored',
    'resume-requested': 'ramping',
    'stop-requested': 'stopping',
    'exposure-confirmed': 'held',
    'deadline-passed': 'held',
    'incident-opened': 'held',
    'incident-closed': 'ignored',
    'freeze-began': 'held',
    'freeze-ended': 'ignored',
    'close-requested': 'refused',
  },
  stopping: {
    prepared: 'refused',
    inherited: 'ignored',
    approved: 'refused',
    'raise-requested': 'refused',
    judged: 'ignored',
    'hold-requested': 'refused',
    'resume-requested': 'refused',
    'stop-requested': 'stopping',
    'exposure-confirmed': 'stopped',
    'deadline-passed': 'ignored',
    'incident-opened': 'ignored',
    'incident-closed': 'ignored',
    'freeze-began': 'ignored',
    'freeze-ended': 'ignored',
    'close-requested': 'refused',
  },
  stopped: {
    prepared: 'refused',
    inherited: 'ignored',
    approved: 'refused',
    'raise-requested': 'refused',
    judged: 'ignored',
    'hold-requested': 'refused',
    'resume-requested': 'refused',
    'stop-requested': 'stopping',
    'exposure-confirmed': 'ignored',
    'deadline-passed': 'ignored',
    'incident-opened': 'ignored',
    'incident-closed': 'ignored',
    'freeze-began': 'ignored',
    'freeze-ended': 'ignored',
    'close-requested': 'closed',
  },
  live: {
    prepared: 'refused',
    inherited: 'ignored',
    approved: 'refused',
    'raise-requested': 'refused',
    judged: 'stopping',
    'hold-requested': 'refused',
    'resume-requested': 'refused',
    'stop-requested': 'stopping',
    'exposure-confirmed': 'ignored',
    'deadline-passed': 'ignored',
    'incident-opened': 'ignored',
    'incident-closed': 'ignored',
    'freeze-began': 'ignored',
    'freeze-ended': 'ignored',
    'close-requested': 'refused',
  },
  closed: {
    prepared: 'refused',
    inherited: 'ignored',
    approved: 'refused',
    'raise-requested': 'refused',
    judged: 'ignored',
    'hold-requested': 'refused',
    'resume-requested': 'refused',
    'stop-requested': 'refused',
    'exposure-confirmed': 'ignored',
    'deadline-passed': 'ignored',
    'incident-opened': 'ignored',
    'incident-closed': 'ignored',
    'freeze-began': 'ignored',
    'freeze-ended': 'ignored',
    'close-requested': 'refused',
  },
}

const isPhase = (text: string): text is ReleasePhase => text in table
const isKind = (text: string): text is ReleaseEventKind => text in table.draft

const cells = Object.keys(table)
  .filter(isPhase)
  .flatMap((phase) =>
    Object.keys(table[phase])
      .filter(isKind)
      .map((kind) => [phase, kind, table[phase][kind]] as const),
  )

describe('transition table', () => {
  it.each(cells)('%s + %s -> %s', (phase, kind, expected) => {
    const result = step(context, releases[phase], eventFor(phase, kind))
    expect(result.outcome === 'changed' ? result.release.phase : result.outcome).toBe(expected)
  })
})
