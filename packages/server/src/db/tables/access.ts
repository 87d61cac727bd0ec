import type { Scope } from '@headgate/protocol/api'

/** Who may speak to the API; the secret itself is stored nowhere. */
interface TokenTable {
  id: string
  name: string
  principal: string
  scopes: Scope[]
  secret_hash: Buffer
  created_by: string
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
  revoked_at: Date | null
}

/** One-time secrets that make the first caller of a fresh installation its administrator. */
interface BootstrapTable {
  secret_hash: Buffer
  created_at: Date
  expires_at: Date
  used_at: Date | null
}

export interface AccessTables {
  token: TokenTable
  bootstrap: BootstrapTable
}
