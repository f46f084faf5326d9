-- A month that is settled stays as it was settled. What comes late counts in the first month that is open; what was
-- wrong is taken back in the month in which that is found, by a mirror image.
create table closed_months (
  month text primary key,                  -- YYYY-MM, local
  from_at timestamptz not null,
  to_at timestamptz not null,
  closed_at timestamptz not null,
  closed_by text not null,
  visits int not null,
  payable_fen bigint not null,
  sha256 bytea not null                    -- of its visits and bills, in order; also in the audit log's chain
);
-- Its visits as they counted: figures, score, bill.
create table closed_visits (
  order_id text primary key references orders (id),
  month text not null references closed_months (month),
  counted_at timestamptz not null,
  home_id text not null,
  street text not null,
  service text not null,
  provider text not null,
  minutes int not null,
  score numeric(3, 1),
  bill jsonb not null
);
create index closed_visits_month on closed_visits (month);
create index closed_visits_counted on closed_visits (counted_at);
create table visit_corrections (
  order_id text primary key references closed_visits (order_id),
  at timestamptz not null,
  by_whom text not null,
  reversal jsonb not null,                 -- the bill's mirror image
  instead jsonb                            -- what should have stood there, billed; null: nothing
);
create index visit_corrections_at on visit_corrections (at);

-- Why, in words that may name people: sealed, and erasable.
create table visit_correction_notes (
  order_id text primary key references visit_corrections (order_id),
  reason bytea not null
);

create trigger closed_months_append_only before update or delete or truncate on closed_months
  for each statement execute function refuse_change();
create trigger closed_visits_append_only before update or delete or truncate on closed_visits
  for each statement execute function refuse_change();
create trigger visit_corrections_append_only before update or delete or truncate on visit_corrections
  for each statement execute function refuse_change();

-- When it counts, where that is not when it ended.
alter table visits add column counted_at timestamptz;
create index visits_counted on visits (coalesce(counted_at, ended_at));
create function visit_counts_in_open_month() returns trigger language plpgsql as $$
begin
  if exists (select from closed_months m where new.ended_at >= m.from_at and new.ended_at < m.to_at) then
    select max(m.to_at) into new.counted_at from closed_months m;
  end if;
  return new;
end $$;
create trigger visits_count_in_open_month before insert on visits
  for each row execute function visit_counts_in_open_month();
