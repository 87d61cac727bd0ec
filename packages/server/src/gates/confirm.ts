import { inTransaction } from '../db/index.ts'
import { listReleases, lockRelease, openTransition, readFacts, type ReleaseRow } from '../releases/index.ts'
import type { GateDeps } from './deps.ts'
import { confirmation, isUnconfirmed } from './surroundings.ts'

/**
 * Looks whether exposures that were published are in effect everywhere; woken by gateways' acknowledgements, so that a stop is
 * reported as soon as the last of them obeys. Without a confirmation nothing is locked.
 */
export async function confirmExposures(deps: GateDeps): Promise<void> {
  const rows = await listReleases(deps.db, ['ramping', 'held', 'stopping'])
  for (const row of rows) {
    if (await isConfirmed(deps, row)) await confirmOne(deps, row.id)
  }
}

async function isConfirmed(deps: GateDeps, row: ReleaseRow): Promise<boolean> {
  if (!isUnconfirmed(row.record.release) || row.exposureVersion === undefined) return false
  const { confirmed, of } = await deps.exposure.confirmation(deps.db, row.exposureVersion)
  return confirmed >= of
}

async function confirmOne(deps: GateDeps, id: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const facts = await readFacts(tx, deps, await lockRelease(tx, id), 'tick')
    const transition = openTransition(tx, deps, facts)
    for (const happening of await confirmation(tx, deps, facts)) await transition.apply(happening)
    await transition.finish()
  })
}
