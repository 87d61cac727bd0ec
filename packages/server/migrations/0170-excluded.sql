--! expand
-- Requests of registered identities, which are no evidence: shown, so that people see how many they are.
create table excluded_traffic (
  gateway text not null,
  identity text not null,
  requests bigint not null,
  constraint excluded_traffic_pk primary key (gateway, identity)
);
