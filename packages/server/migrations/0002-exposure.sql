--! expand
create table signing_key (
  key_id text constraint signing_key_pk primary key,
  public_key text not null,
  created_at timestamptz not null,
  retired_at timestamptz
);
-- At most one key signs.
create unique index signing_key_one_current on signing_key ((true)) where retired_at is null;

create table shared_secret (
  name text constraint shared_secret_pk primary key,
  fingerprint text not null,
  created_at timestamptz not null
);

-- Versions have no gaps and commit in order: the publisher holds an advisory lock until its transaction ends.
create table snapshot (
  version bigint constraint snapshot_pk primary key,
  key_id text not null constraint snapshot_key_fk references signing_key,
  payload text not null,
  signature text not null,
  issued_at timestamptz not null,
  -- When the last of its leases runs out, `infinity` when one stays; and when it must be renewed. Null when it exposes nothing.
  leases_until timestamptz,
  renew_at timestamptz,
  constraint snapshot_version_positive check (version > 0)
);

-- Releases that were ever exposed: only they have evidence.
create table exposed_release (
  release text constraint exposed_release_pk primary key,
  first_version bigint not null,
  exposed_at timestamptz not null,
  closed_at timestamptz
);

create table gateway (
  id text constraint gateway_pk primary key,
  principal text not null,
  source uuid not null,
  snapshot_version bigint not null,
  applied_at timestamptz,
  first_heard_at timestamptz not null,
  last_heard_at timestamptz not null,
  last_counted_at timestamptz
);
