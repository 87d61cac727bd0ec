import { entryOf } from '@headgate/core/model'
import type { Actor, Held, Hold, Ramping, Stopping } from '@headgate/core/release'
import type { Tx } from '../db/index.ts'
import { openIncidentsOn } from '../incidents/index.ts'
import type { Happening, ReleaseFacts } from '../releases/index.ts'
import type { GateDeps } from './deps.ts'

const controlPlane: Actor = { kind: 'automation', id: 'control-plane' }

/** What happened around a release besides its verdict: confirmations, incidents, freezes, deadlines. */
export async function surroundings(tx: Tx, deps: GateDeps, facts: ReleaseFacts): Promise<readonly Happening[]> {
  const { release } = facts.row.record
  const confirmed = await confirmation(tx, deps, facts)
  if (release.phase !== 'ramping' && release.phase !== 'held') return confirmed
  return [
    ...confirmed,
    ...(await incidents(tx, facts, release)),
    ...freezes(facts, release),
    ...deadlines(facts, release),
  ]
}

/** Every live gateway obeys the exposure last published, or its lease has run out. */
export async function confirmation(
  tx: Tx,
  deps: Pick<GateDeps, 'exposure'>,
  { row }: ReleaseFacts,
): Promise<readonly Happening[]> {
  if (!isUnconfirmed(row.record.release) || row.exposureVersion === undefined) return []
  const { confirmed, of } = await deps.exposure.confirmation(tx, row.exposureVersion)
  return confirmed < of ? [] : [{ actor: controlPlane, event: { kind: 'exposure-confirmed' } }]
}

type Release = ReleaseFacts['row']['record']['release']

export function isUnconfirmed(release: Release): release is Ramping | Held | Stopping {
  if (release.phase === 'stopping') return true
  return (release.phase === 'ramping' || release.phase === 'held') && release.inEffectAt === undefined
}

async function incidents(tx: Tx, { plan }: ReleaseFacts, release: Ramping | Held): Promise<readonly Happening[]> {
  const open = new Set((await openIncidentsOn(tx, plan.flows)).map((incident) => incident.id))
  const held = holdsOf(release).flatMap(({ cause }) => (cause.kind === 'incident' ? [cause.incident] : []))
  const gate = plan.stages[release.stage]?.exit
  const owner = { owner: gate?.owner ?? plan.owner, respondWithinMs: gate?.respondWithinMs ?? 0 }
  return [
    ...[...open]
      .filter((id) => !held.includes(id))
      .map((incident) => ({ kind: 'incident-opened', incident, ...owner }) as const),
    ...held.filter((id) => !open.has(id)).map((incident) => ({ kind: 'incident-closed', incident }) as const),
  ].map((event) => ({ actor: controlPlane, event }))
}

function freezes({ plan, context }: ReleaseFacts, release: Ramping | Held): readonly Happening[] {
  const active = plan.freezes.find(({ from, until }) => from <= context.at && context.at < until)
  const isHeld = holdsOf(release).some(({ cause }) => cause.kind === 'freeze')
  if (active !== undefined && !isHeld) {
    const { reason, until } = active
    return [{ actor: controlPlane, event: { kind: 'freeze-began', reason, until, owner: plan.owner } }]
  }
  return active === undefined && isHeld ? [{ actor: controlPlane, event: { kind: 'freeze-ended' } }] : []
}

/** A passed deadline goes to the next of the domain's escalation, who has until the one after is due. */
function deadlines({ plan, domains, current, context }: ReleaseFacts, release: Ramping | Held): readonly Happening[] {
  const late = holdsOf(release).filter((hold) => hold.deadline <= context.at)
  if (late.length === 0) return []
  const escalations = Math.max(...late.map((hold) => hold.escalations))
  const chain = domains
    .flatMap((domain) => entryOf(current.model.domains, domain)?.escalation ?? [])
    .toSorted((a, b) => a.afterMs - b.afterMs)
  const step = chain[Math.min(escalations, chain.length - 1)]
  const following = chain[escalations + 1]
  const patience = plan.stages[release.stage]?.exit.respondWithinMs ?? 0
  const respondWithinMs =
    step === undefined || following === undefined ? patience : Math.max(following.afterMs - step.afterMs, 1_000)
  const escalateTo = step?.to ?? plan.owner
  return [
    {
      actor: controlPlane,
      event: { kind: 'deadline-passed', escalateTo, respondWithinMs: Math.max(respondWithinMs, 1_000) },
    },
  ]
}

function holdsOf(release: Ramping | Held): readonly Hold[] {
  return release.phase === 'held' ? release.holds : []
}
