import { declaredTraffic, overlayTraffic, sightReport, type SightReport, type Traffic } from '@headgate/core/sight'
import { inTransaction, type Db } from '../db/index.ts'
import { requireVersion, type ModelStore } from '../model/index.ts'
import { readFacts, readRelease } from '../releases/index.ts'
import { recordedTraffic } from './recorded.ts'

export interface SightService {
  /** What the release's gates can see at the recorded traffic; declared figures fill the gaps. @throws HeadgateError `NOT_FOUND` */
  report(release: string, days: number): Promise<SightReport>
  /** The recorded traffic alone; without any record what the operating model declares. */
  traffic(days: number): Promise<Traffic>
}

export interface SightDeps {
  readonly db: Db
  readonly now: () => number
  readonly models: ModelStore
}

const dayMs = 86_400_000

export function createSight(deps: SightDeps): SightService {
  const { db, now, models } = deps
  return {
    async report(release, days) {
      const { plan, current } = await inTransaction(db, async (tx) =>
        readFacts(tx, deps, await readRelease(tx, release), 'person'),
      )
      const { model } = current
      const declared = declaredTraffic(model)
      const recorded = await recordedTraffic(db, model, now() - days * dayMs)
      const traffic = recorded === undefined ? declared : overlayTraffic(recorded, declared)
      return sightReport(plan, model, { traffic, at: now() })
    },
    async traffic(days) {
      const { model } = requireVersion(await models.latest(db))
      return (await recordedTraffic(db, model, now() - days * dayMs)) ?? declaredTraffic(model)
    },
  }
}
