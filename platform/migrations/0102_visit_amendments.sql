-- A visit that was wrong while its month is open: what it said, and what it says from then on. The month's figures and
-- bills follow. Once the month is closed it is visit_corrections that takes it back.
alter table visits add column voided_at timestamptz;   -- does not count
create table visit_amendments (
  id bigint generated always as identity primary key,
  order_id text not null references visits (order_id),
  at timestamptz not null,
  by_whom text not null,
  before jsonb not null,                   -- service, minutes
  after jsonb                              -- null: does not count
);
create index visit_amendments_order on visit_amendments (order_id);
create trigger visit_amendments_append_only before update or delete or truncate on visit_amendments
  for each statement execute function refuse_change();
-- Why, in words that may name people: sealed, and erasable.
create table visit_amendment_notes (
  amendment_id bigint primary key references visit_amendments (id),
  reason bytea not null
);
