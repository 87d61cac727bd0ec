--! expand
-- Versions of the operating model: the files as their authors wrote them, and what they meant when they were applied
-- (canonical JSON). A running release keeps the version that it started with. `hash` covers the three texts.
create table model_version (
  version bigint constraint model_version_pk primary key,
  files text not null,
  content text not null,
  findings text not null,
  hash text not null,
  applied_at timestamptz not null,
  applied_by text not null,
  constraint model_version_positive check (version > 0)
);
