--! expand
-- `state` is the fold of the release's events, as canonical JSON; `phase` repeats its phase for queries. A row is locked for
-- the milliseconds of one transition, never while a gate is judged.
create table release (
  id text constraint release_pk primary key,
  -- Number of the last event.
  revision bigint not null,
  phase text not null,
  state text not null,
  event_head text not null,
  -- The model that the release follows: the latest before its start, the one of its start ever after.
  model_version bigint not null constraint release_model_fk references model_version,
  plan_hash text not null,
  -- Instant of the last event; the clock of a release never goes back.
  changed_at timestamptz not null,
  -- Snapshot that first carried the present exposure; those who confirm it confirm the exposure.
  exposure_version bigint,
  constraint release_phase_known check (
    phase in ('draft', 'ready', 'ramping', 'held', 'stopping', 'stopped', 'live', 'closed')
  ),
  constraint release_revision_counts check (revision >= 0)
);
create index release_open on release (id) where phase <> 'closed';

-- Append-only; `text` is hashed as it stands (core/audit SPEC).
create table release_event (
  release text not null constraint release_event_release_fk references release,
  seq bigint not null,
  text text not null,
  hash text not null,
  constraint release_event_pk primary key (release, seq),
  constraint release_event_seq_positive check (seq > 0)
);

create table evidence_frame (
  release text not null constraint evidence_frame_release_fk references release,
  seq bigint not null,
  text text not null,
  hash text not null,
  constraint evidence_frame_pk primary key (release, seq),
  constraint evidence_frame_seq_positive check (seq > 0)
);

-- The tick of a release: when it is due, who has it, the head of the frames, and what the judge remembers of them. `state` is
-- recomputable from the frames and may lag behind them when a worker died between frame and verdict.
create table release_evidence (
  release text constraint release_evidence_pk primary key constraint release_evidence_release_fk references release,
  -- Null while the release needs no tick. `tick_ms` tells a tick that lies ahead from one that a clock gone backwards put there.
  due_at timestamptz,
  tick_ms bigint not null,
  claim uuid,
  claimed_until timestamptz,
  frame_seq bigint not null,
  frame_head text not null,
  state text,
  verdict text,
  -- Head of the frames when the verdict became what it is: what approvals are bound to.
  evidence_hash text not null,
  judged_at timestamptz
);
create index release_evidence_due on release_evidence (due_at);
