--! expand
-- Which batches of one run of one gateway were counted: all up to the watermark, and those in `ahead`.
create table delta_source (
  source uuid constraint delta_source_pk primary key,
  principal text not null,
  gateway text not null,
  watermark bigint not null,
  ahead bigint[] not null,
  last_heard_at timestamptz not null
);
create index delta_source_last_heard_at on delta_source (last_heard_at);

-- Appended by ingest, taken (deleted) by the tick of the release. Appending beats adding up in place: two gateways never
-- wait for each other's rows, and no order of rows can deadlock.
create table pending_cell (
  release text not null,
  kind text not null,
  subject text not null,
  path text not null,
  arm text not null,
  share integer not null,
  started_at bigint not null,
  outcome text not null,
  bucket integer not null,
  count bigint not null,
  added_at timestamptz not null,
  constraint pending_cell_count_positive check (count > 0)
);
create index pending_cell_release on pending_cell (release);

create table traffic (
  gateway text not null,
  route text not null,
  arm text not null,
  requests bigint not null,
  errors bigint not null,
  masked bigint not null,
  latency_micros bigint not null,
  constraint traffic_pk primary key (gateway, route, arm)
);

create table outcome_source (
  source text constraint outcome_source_pk primary key,
  principal text not null,
  last_heard_at timestamptz not null
);

create table outcome_event (
  release text not null,
  journey text not null,
  step text not null,
  source text not null,
  event_id text not null,
  flow text not null,
  path text not null,
  arm text not null,
  share integer not null,
  started_at timestamptz,
  at timestamptz not null,
  received_at timestamptz not null,
  amount numeric,
  currency text,
  constraint outcome_event_pk primary key (release, journey, step),
  constraint outcome_event_once unique (source, event_id)
);
create index outcome_event_received_at on outcome_event (received_at);

create table journey_outcome (
  release text not null,
  journey text not null,
  outcome text not null,
  at timestamptz not null,
  constraint journey_outcome_pk primary key (release, journey),
  constraint journey_outcome_known check (outcome in ('completed', 'failed'))
);
