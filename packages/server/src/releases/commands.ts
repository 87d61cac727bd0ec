import { setTimeout as delay } from 'node:timers/promises'
import { HeadgateError, type StopMode } from '@headgate/core/model'
import { nextRaise, type Actor, type ReleaseEvent } from '@headgate/core/release'
import type { ActRequest, ApproveRequest, LocalStopReport, StopRequest } from '@headgate/protocol/api'
import { inTransaction, isUnavailable, type Tx } from '../db/index.ts'
import type { Principal } from '../http/index.ts'
import type { ReleaseDeps } from './deps.ts'
import { isUnstarted, readFacts, type ReleaseFacts } from './facts.ts'
import { lockRelease, lockStarts, type ReleaseRow } from './release-store.ts'
import { approvalHashOf, approvalOf, grantByPeople, isAutomatic, requireRight, requireStop } from './rights.ts'
import { openTransition } from './transition.ts'

/** The acts of people. Each is one transaction: locked, decided by the pure core, saved with all its consequences. */
export interface ReleaseCommands {
  start(id: string, by: Principal, request: ActRequest): Promise<void>
  approve(id: string, by: Principal, request: ApproveRequest): Promise<void>
  raise(id: string, by: Principal, request: ActRequest): Promise<void>
  hold(id: string, by: Principal, request: ActRequest): Promise<void>
  resume(id: string, by: Principal, request: ActRequest): Promise<void>
  stop(id: string, by: Principal, request: StopRequest): Promise<void>
  close(id: string, by: Principal, request: ActRequest): Promise<void>
  /** A stop that somebody commanded at a gateway: host access was its right. Repeats change nothing. */
  stopLocally(report: LocalStopReport): Promise<void>
}

export function createCommands(deps: ReleaseDeps): ReleaseCommands {
  return {
    start: (id, by, request) =>
      act(deps, { id, isStart: true, ...revisionOf(request) }, (facts) => raise(facts, by, request)),
    raise: (id, by, request) => act(deps, { id, ...revisionOf(request) }, (facts) => raise(facts, by, request)),
    approve: (id, by, request) => act(deps, { id }, (facts) => approve(facts, by, request)),
    hold: (id, by, request) => act(deps, { id, ...revisionOf(request) }, (facts) => hold(facts, by, request)),
    resume: (id, by, request) => act(deps, { id, ...revisionOf(request) }, (facts) => resume(facts, by, request)),
    close: (id, by, request) => act(deps, { id, ...revisionOf(request) }, (facts) => close(facts, by, request)),
    stop: (id, by, { reason, mode = defaultMode }) =>
      untilUnlocked(() =>
        act(deps, { id }, (facts) => {
          requireStop(facts, by)
          return stop(personOf(by.name), reason, mode)
        }),
      ),
    stopLocally: (report) =>
      untilUnlocked(() =>
        act(deps, { id: report.release, isRepeatable: true }, () =>
          stop(personOf(report.by), `local stop at gateway ${report.gateway}: ${report.reason}`, report.mode),
        ),
      ),
  }
}

/** A person who says "stop" and no more wants everybody out but those who are about to pay. */
const defaultMode: StopMode = 'eject'

interface Target {
  readonly id: string
  /** The revision that the caller looked at. */
  readonly revision?: number
  readonly isStart?: boolean
  /** What was refused has nothing left to do, so it counts as done. */
  readonly isRepeatable?: boolean
}

type Decision = { readonly actor: Actor; readonly event: ReleaseEvent }

function revisionOf({ revision }: ActRequest): { readonly revision?: number } {
  return revision === undefined ? {} : { revision }
}

/**
 * @throws HeadgateError `NOT_FOUND`, `FORBIDDEN`, `STALE_REVISION`, or `ILLEGAL_TRANSITION` with the reason why the release
 *   cannot do that now
 */
async function act(deps: ReleaseDeps, target: Target, decide: (facts: ReleaseFacts) => Decision): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const row = await lockFor(tx, target)
    deps.reached?.('locked')
    const facts = await readFacts(tx, deps, row, 'person')
    const transition = openTransition(tx, deps, facts)
    const step = await transition.apply(decide(facts))
    if (step.outcome === 'refused' && target.isRepeatable !== true) {
      throw new HeadgateError('ILLEGAL_TRANSITION', `Release ${row.id} is ${row.record.release.phase}: ${step.reason}`)
    }
    await transition.finish()
  })
  deps.reached?.('committed')
}

async function lockFor(tx: Tx, target: Target): Promise<ReleaseRow> {
  if (target.isStart === true) await lockStarts(tx)
  const row = await lockRelease(tx, target.id)
  if (target.isStart === true && !isUnstarted(row)) {
    throw new HeadgateError('ILLEGAL_TRANSITION', `Release ${row.id} is ${row.record.release.phase}: it has started`)
  }
  if (target.revision !== undefined && target.revision !== row.revision) {
    throw new HeadgateError('STALE_REVISION', `Release ${row.id} is at revision ${row.revision} now; look again`)
  }
  return row
}

const lockAttempts = 5

/** A stop waits for its turn longer than others: behind every transition it meets stands one that ends in milliseconds. */
async function untilUnlocked(attempt: () => Promise<void>): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (attempts === lockAttempts || !isUnavailable(error)) throw error
      await delay(20 * attempts)
    }
  }
}

function personOf(id: string): Actor {
  return { kind: 'person', id }
}

/** Start and raise are one act: up to the next stage, by people's approvals or where automation may as well. */
function raise(facts: ReleaseFacts, by: Principal, { reason }: ActRequest): Decision {
  requireRight(facts, ['raise'], by)
  const next = nextRaise(facts.context, facts.row.record.release)
  const actor = personOf(by.name)
  // Without anything to grant, the core says what is missing.
  if (next === undefined) return { actor, event: { kind: 'raise-requested', by: actor, granted: false, reason } }
  const grant = grantByPeople(facts, [approvalOf(facts, next, by)])
  const granted = grant.isGranted || isAutomatic(facts)
  if (!granted && facts.row.record.release.phase !== 'held') {
    throw new HeadgateError('FORBIDDEN', `The raise of ${facts.row.id} needs ${grant.missing}`)
  }
  return { actor, event: { kind: 'raise-requested', by: actor, granted, reason } }
}

function approve(facts: ReleaseFacts, by: Principal, { approvalHash }: ApproveRequest): Decision {
  requireRight(facts, ['raise'], by)
  const { id, record } = facts.row
  const next = nextRaise(facts.context, record.release)
  if (next === undefined) {
    throw new HeadgateError(
      'ILLEGAL_TRANSITION',
      `Release ${id} is ${record.release.phase} and has no raise to approve: ${record.reason}`,
    )
  }
  if (approvalHash !== approvalHashOf(next)) {
    throw new HeadgateError('STALE_REVISION', `The plan or the evidence of ${id} has changed since; look again`)
  }
  const approval = approvalOf(facts, next, by)
  const granted = grantByPeople(facts, [approval]).isGranted
  return { actor: personOf(by.name), event: { kind: 'approved', approval, granted } }
}

function hold(facts: ReleaseFacts, by: Principal, { reason }: ActRequest): Decision {
  requireRight(facts, ['hold'], by)
  const actor = personOf(by.name)
  const { release } = facts.row.record
  const gate = 'stage' in release ? facts.plan.stages[release.stage]?.exit : undefined
  const owner = gate?.owner ?? facts.plan.owner
  return {
    actor,
    event: { kind: 'hold-requested', by: actor, reason, owner, respondWithinMs: gate?.respondWithinMs ?? 60 * 60_000 },
  }
}

function resume(facts: ReleaseFacts, by: Principal, { reason }: ActRequest): Decision {
  requireRight(facts, ['resume'], by)
  const actor = personOf(by.name)
  return { actor, event: { kind: 'resume-requested', by: actor, reason } }
}

function close(facts: ReleaseFacts, by: Principal, { reason }: ActRequest): Decision {
  requireRight(facts, ['raise', 'stop'], by)
  const actor = personOf(by.name)
  return { actor, event: { kind: 'close-requested', by: actor, reason } }
}

function stop(actor: Actor, reason: string, mode: StopMode): Decision {
  return { actor, event: { kind: 'stop-requested', by: actor, reason, mode } }
}
