--! expand
-- Messages to people, queued in the transaction that gives the reason for them. A row is claimed by moving its `due_at`
-- into the future: a worker that dies loses the claim by itself. `dead` rows gave up and stay visible.
create table outbox (
  id bigint generated always as identity constraint outbox_pk primary key,
  notice_id text not null constraint outbox_notice_once unique,
  recipient text not null,
  topic text not null,
  subject text not null,
  message text not null,
  url text,
  state text not null,
  attempts integer not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  settled_at timestamptz,
  last_error text,
  constraint outbox_state_known check (state in ('waiting', 'sent', 'dead'))
);
create index outbox_due on outbox (due_at) where state = 'waiting';
