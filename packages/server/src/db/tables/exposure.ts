import type { ColumnType } from 'kysely'

/** Public halves of the keys that sign snapshots; the one that is not retired signs now. */
interface SigningKeyTable {
  key_id: string
  public_key: string
  created_at: Date
  retired_at: Date | null
}

/** Fingerprints of secrets that all servers must share, so that a difference is noticed. */
interface SharedSecretTable {
  name: string
  fingerprint: string
  created_at: Date
}

interface SnapshotTable {
  version: number
  key_id: string
  payload: string
  signature: string
  issued_at: Date
  /** When the last of its leases runs out; null when it exposes nothing, `infinity` when a lease stays. */
  leases_until: ColumnType<Date | number | null, Date | 'infinity' | null, never>
  renew_at: Date | null
}

/** Releases that were ever exposed: whose evidence is accepted. */
interface ExposedReleaseTable {
  release: string
  first_version: number
  exposed_at: Date
  closed_at: Date | null
}

interface GatewayTable {
  id: string
  principal: string
  source: string
  snapshot_version: number
  applied_at: Date | null
  first_heard_at: Date
  last_heard_at: Date
  /** When it last delivered counts; it may still ask for snapshots when it no longer does. */
  last_counted_at: Date | null
}

export interface ExposureTables {
  signing_key: SigningKeyTable
  shared_secret: SharedSecretTable
  snapshot: SnapshotTable
  exposed_release: ExposedReleaseTable
  gateway: GatewayTable
}
