-- Vouchers (消费券): so much money of a resident's, for some services, within some days. What is left of one is never
-- stored: it follows from the visits.
create table vouchers (
  id text primary key,
  resident_id text not null references residents (id),
  name text not null,
  services text[] not null default '{}',   -- empty: all
  value_fen int not null check (value_fen > 0),
  from_date date not null,
  to_date date not null,
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz,
  check (from_date <= to_date)
);
create index vouchers_resident on vouchers (resident_id);
create index visits_resident on visits (resident_id, ended_at);
