--! expand
-- What came of an incident: `{"kind": "accepted" | "waived", by, at, reason, ...}` as JSON, null while nobody has decided. The criterion
-- itself is part of the operating model's versions, whose hashes the releases' chains name.
alter table incident add column lesson text;

-- Harm that a person reports has no event that stopped anything.
alter table incident alter column event_seq drop not null;
