import { draftIncident } from '@headgate/core/incident'
import { HeadgateError } from '@headgate/core/model'
import type { Notice } from '@headgate/core/ports'
import type { GateVerdict } from '@headgate/core/gate'
import type { Actor, Effect, Release, ReleaseEvent } from '@headgate/core/release'
import type { Tx } from '../db/index.ts'
import { insertIncident, noteStopInEffect } from '../incidents/index.ts'
import { channelsOf, queueNotices } from '../work/index.ts'
import type { ReleaseDeps } from './deps.ts'
import { scheduleTick } from './evidence-store.ts'
import { readExposures } from './exposures.ts'
import type { ReleaseFacts } from './facts.ts'
import { foldEvent, type FoldStep } from './fold.ts'
import { appendEvent, saveRelease, setExposureVersion, type ReleaseRow } from './release-store.ts'
import type { StoredEvent } from './stored-event.ts'

export interface Happening {
  readonly actor: Actor
  readonly event: ReleaseEvent
  /** What the gate said, where the event is its look. */
  readonly verdict?: GateVerdict
  /** Goes into the log even when it changes nothing. */
  readonly isOnRecord?: boolean
}

/** Several events of one release in one transaction: each is folded and appended, the consequences are written at the end. */
export interface Transition {
  row(): ReleaseRow
  apply(happening: Happening): Promise<FoldStep>
  /**
   * Saves state, incident, messages and, last, the snapshot: all of it, or with the transaction nothing. `isPublished: false`
   * leaves the snapshot to a caller who moves several releases; the answer says whether one is needed.
   */
  finish(options?: { readonly isPublished: boolean }): Promise<boolean>
}

interface Consequence {
  readonly seq: number
  readonly index: number
  readonly effect: Effect
  readonly release: Release
}

/** `facts.row` is locked by the caller. */
export function openTransition(tx: Tx, deps: ReleaseDeps, facts: ReleaseFacts): Transition {
  const before = facts.row
  let row = before
  const consequences: Consequence[] = []
  return {
    row: () => row,
    async apply(happening) {
      const folded = foldEvent(row.record, facts.context, happening.event)
      if (folded.outcome !== 'changed' && happening.isOnRecord !== true) return folded
      const stored = storedEvent(facts, row.revision + 1, happening, folded)
      const entry = await appendEvent(tx, row, stored)
      row = { ...row, record: folded.record, revision: entry.seq, eventHead: entry.hash, changedAt: facts.context.at }
      folded.effects.forEach((effect, index) =>
        consequences.push({ seq: entry.seq, index, effect, release: folded.release }),
      )
      deps.reached?.('event-appended')
      return folded
    },
    async finish({ isPublished } = { isPublished: true }) {
      if (row === before) return false
      await saveRelease(tx, before, row)
      // What happened may let the gate act at once; a tick that runs now sets its own time when it ends.
      await scheduleTick(tx, row.id, { dueAt: facts.context.at, tickMs: facts.plan.tickMs })
      deps.reached?.('release-saved')
      await writeConsequences(tx, deps, { facts, before, after: row, consequences })
      const needsSnapshot = consequences.some(({ effect }) => effect.kind === 'publish-exposure')
      if (needsSnapshot && isPublished) await publish(tx, deps, [row.id])
      return needsSnapshot
    },
  }
}

function storedEvent(facts: ReleaseFacts, seq: number, happening: Happening, folded: FoldStep): StoredEvent {
  return {
    seq,
    actor: happening.actor,
    event: happening.event,
    context: facts.context,
    outcome: folded.outcome,
    reason: folded.reason,
    model: facts.followed.hash,
    ...(happening.verdict === undefined ? {} : { verdict: happening.verdict }),
  }
}

/** Publishes once for all of them and notes with which snapshot their exposure changed. */
export async function publish(tx: Tx, deps: ReleaseDeps, releases: readonly string[]): Promise<void> {
  const version = await deps.exposure.publishSnapshot(tx, (turn) => readExposures(turn, deps))
  for (const id of releases) await setExposureVersion(tx, id, version)
  deps.reached?.('snapshot-published')
}

interface Outcome {
  readonly facts: ReleaseFacts
  readonly before: ReleaseRow
  readonly after: ReleaseRow
  readonly consequences: readonly Consequence[]
}

async function writeConsequences(tx: Tx, deps: ReleaseDeps, outcome: Outcome): Promise<void> {
  const { facts, before, after, consequences } = outcome
  const { at } = facts.context
  for (const consequence of consequences) {
    if (consequence.effect.kind === 'open-incident') await writeIncident(tx, deps, facts, consequence)
  }
  deps.reached?.('incident-written')
  await queueNotices(
    tx,
    consequences.flatMap((consequence) => noticesOf(facts, consequence)),
    new Date(at),
  )
  deps.reached?.('notices-queued')
  const [was, is] = [before.record.release.phase, after.record.release.phase]
  if (was !== is && is === 'stopped') await noteStopInEffect(tx, after.id, at)
  if (was !== is && is === 'closed') {
    await deps.exposure.closeRelease(tx, after.id)
    await deps.forgetSignals(tx, after.id)
  }
}

async function writeIncident(
  tx: Tx,
  deps: ReleaseDeps,
  { row, plan, context }: ReleaseFacts,
  { seq, release }: Consequence,
): Promise<void> {
  if (release.phase !== 'stopping') {
    throw new HeadgateError('INTERNAL', `Release ${row.id} opened an incident without stopping`)
  }
  const { by, reason, requestedAt } = release
  const stage = plan.stages[release.stage]?.id ?? ''
  const evidence = await deps.stopEvidence(tx, row.id)
  const draft = draftIncident({ release: row.id, stage, by, reason, requestedAt, ...evidence })
  const incident = { id: `${row.id}-${seq}`, release: row.id, eventSeq: seq, flows: plan.flows, draft, at: context.at }
  await insertIncident(tx, incident)
}

/** One per channel. The id names event, effect and channel, so that a repeat of the same transition could not tell anybody twice. */
function noticesOf({ row, current }: ReleaseFacts, { seq, index, effect }: Consequence): readonly Notice[] {
  if (effect.kind !== 'notify') return []
  const { to, topic, message } = effect
  const subject = `${row.id}: ${topic}`
  return channelsOf(current.model, to, topic).map((channel, order) => ({
    id: `${row.id}/${seq}/${index}/${order}`,
    to: channel,
    topic,
    subject,
    message,
  }))
}
