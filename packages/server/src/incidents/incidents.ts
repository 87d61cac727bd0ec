import { domainsTouchedBy, mayHandle } from './incident-rights.ts'
import { HeadgateError, type OperatingModel } from '@headgate/core/model'
import type { IncidentView } from '@headgate/protocol/api'
import { inTransaction, type Db } from '../db/index.ts'
import type { Principal } from '../http/index.ts'
import { findIncident, listIncidents, setIncidentStatus } from './incident-store.ts'

export interface IncidentDeps {
  readonly db: Db
  readonly now: () => number
  /** The operating model in force. */
  readonly model: () => Promise<OperatingModel>
}

export interface IncidentService {
  list(release?: string): Promise<readonly IncidentView[]>
  /** @throws HeadgateError `NOT_FOUND` */
  find(id: string): Promise<IncidentView>
  /** A person takes a draft on. @throws HeadgateError `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` */
  open(id: string, by: Principal): Promise<IncidentView>
  /** What it barred may rise again. @throws HeadgateError `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` */
  close(id: string, by: Principal, reason: string): Promise<IncidentView>
}

export function createIncidents(deps: IncidentDeps): IncidentService {
  const { db } = deps
  return {
    list: (release) => listIncidents(db, release),
    find: async (id) => (await findIncident(db, id)).view,
    open: (id, by) => change(deps, { id, by, status: { status: 'open' } }),
    close: (id, by, reason) =>
      change(deps, { id, by, status: { status: 'closed', at: deps.now(), by: by.name, reason } }),
  }
}

interface Change {
  readonly id: string
  readonly by: Principal
  readonly status: Parameters<typeof setIncidentStatus>[2]
}

async function change(deps: IncidentDeps, { id, by, status }: Change): Promise<IncidentView> {
  const { flows } = await findIncident(deps.db, id)
  const model = await deps.model()
  const decision = mayHandle(model, domainsTouchedBy(model, flows), by.name)
  if (!decision.isAllowed) throw new HeadgateError('FORBIDDEN', decision.reason)
  await inTransaction(deps.db, async (tx) => {
    if (await setIncidentStatus(tx, id, status)) return
    throw new HeadgateError('CONFLICT', `Incident ${id} is closed`)
  })
  return (await findIncident(deps.db, id)).view
}
