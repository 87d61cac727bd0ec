import type { GateVerdict } from '@headgate/core/gate'
import { gateVerdictView, type GateVerdictView, type ReleaseEventView, type ReleaseView } from '@headgate/protocol/api'
import type { ModelView } from '@headgate/protocol/api'
import { inTransaction, type Notifications, type Tx } from '../db/index.ts'
import type { Principal } from '../http/index.ts'
import { listIncidents } from '../incidents/index.ts'
import type { ModelVersion } from '../model/index.ts'
import { applyModel } from './apply-model.ts'
import { createCommands, type ReleaseCommands } from './commands.ts'
import type { ReleaseDeps } from './deps.ts'
import { readJudgement } from './evidence-store.ts'
import { readExposures } from './exposures.ts'
import { readFacts } from './facts.ts'
import { listReleases, readEvents, readRelease, readVerdictEvents, type ReleaseRow } from './release-store.ts'
import { toEventView, toReleaseView } from './release-view.ts'
import type { SnapshotInput } from '../exposure/index.ts'

export interface ReleaseService {
  readonly commands: ReleaseCommands
  list(): Promise<readonly ReleaseView[]>
  /** @throws HeadgateError `NOT_FOUND` */
  view(id: string): Promise<ReleaseView>
  events(id: string, range: { readonly after: number; readonly limit: number }): Promise<readonly ReleaseEventView[]>
  verdicts(id: string, limit: number): Promise<readonly GateVerdictView[]>
  /** See {@link applyModel}. */
  applyModel(files: ModelView['files'], by: Principal): Promise<ModelVersion>
  /** For lease renewal: what gateways shall expose now. */
  readExposures(tx: Tx): Promise<SnapshotInput>
  /** Calls `changed` whenever the release may look different; returns the way out. */
  subscribe(id: string, changed: () => void): () => void
}

export function createReleases(deps: ReleaseDeps, notifications: Notifications): ReleaseService {
  const { db } = deps
  return {
    commands: createCommands(deps),
    list: () =>
      inTransaction(db, async (tx) => {
        const views: ReleaseView[] = []
        for (const row of await listReleases(tx)) views.push(await viewOf(tx, deps, row))
        return views
      }),
    view: (id) => inTransaction(db, async (tx) => viewOf(tx, deps, await readRelease(tx, id))),
    async events(id, range) {
      await readRelease(db, id)
      return (await readEvents(db, id, range)).map(toEventView)
    },
    async verdicts(id, limit) {
      await readRelease(db, id)
      const events = await readVerdictEvents(db, id, limit)
      const verdicts = events.flatMap((event): readonly GateVerdict[] => (event.verdict ? [event.verdict] : []))
      return verdicts.map((verdict) => gateVerdictView.parse(verdict))
    },
    applyModel: (files, by) => applyModel(deps, files, by),
    readExposures: (tx) => readExposures(tx, deps),
    subscribe(id, changed) {
      const leave = [
        notifications.subscribe('release', (release) => {
          if (release === '' || release === id) changed()
        }),
        notifications.subscribe('gateway', changed),
      ]
      return () => {
        for (const end of leave) end()
      }
    },
  }
}

async function viewOf(tx: Tx, deps: ReleaseDeps, row: ReleaseRow): Promise<ReleaseView> {
  const facts = await readFacts(tx, deps, row, 'person')
  const { confirmed, of } = await deps.exposure.confirmation(tx, row.exposureVersion ?? 0)
  return toReleaseView({
    facts,
    judgement: await readJudgement(tx, row.id),
    confirmed: { gateways: confirmed, of },
    incidents: (await listIncidents(tx, row.id)).map((incident) => incident.id),
  })
}
