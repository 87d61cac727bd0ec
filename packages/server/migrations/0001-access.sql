--! expand
-- Who may speak to the API. A token is `hg_<id>_<secret>`; of the secret only the SHA-256 is kept, which is enough for
-- 256 random bits.
create table token (
  id text constraint token_pk primary key,
  name text not null,
  principal text not null,
  scopes text[] not null,
  secret_hash bytea not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint token_scopes_known check (scopes <@ array['admin', 'act', 'read', 'gateway', 'signals'] and cardinality(scopes) > 0),
  constraint token_secret_is_sha256 check (length(secret_hash) = 32)
);

-- One-time secrets of a fresh installation. Several may be valid when several servers start at once; one use voids all.
create table bootstrap (
  secret_hash bytea constraint bootstrap_pk primary key,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
