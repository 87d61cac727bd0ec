--! expand
-- `draft` is written by a stop, `open` by a person who took it on; both bar raises on the same flows until `closed`.
create table incident (
  id text constraint incident_pk primary key,
  release text not null constraint incident_release_fk references release,
  -- The event that stopped the release: one incident per stop.
  event_seq bigint not null,
  status text not null,
  flows text[] not null,
  draft text not null,
  opened_at timestamptz not null,
  stop_in_effect_at timestamptz,
  closed_at timestamptz,
  closed_by text,
  closed_reason text,
  constraint incident_status_known check (status in ('draft', 'open', 'closed')),
  constraint incident_once unique (release, event_seq)
);
create index incident_not_closed on incident (opened_at) where status <> 'closed';
