-- The ground: registry, readings, alerts, orders, stream. Forward only; every later change is a new file.
-- Personal fields live in `personal` columns (AES-256-GCM, key outside the database) and are found through keyed
-- blind indexes (`search_tokens`, `phone_tokens`: HMAC-SHA-256, truncated to 16 bytes).

-- Something sealed with the key of personal data, so that a start with another key is refused at once.
create table data_key_check (one boolean primary key default true check (one), sealed bytea not null);

create table homes (
  id text primary key,
  no int generated always as identity unique,
  street text not null,
  community text not null default '',
  lat double precision,
  lon double precision,
  personal bytea not null,                 -- {address, accessNotes}
  search_tokens bytea[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);
create index homes_street on homes (street);
create index homes_search on homes using gin (search_tokens);

create table residents (
  id text primary key,
  home_id text not null references homes (id),
  gender text,
  languages text[] not null default '{}',
  care_level smallint not null default 0,
  spo2_scale smallint not null default 1,
  mode text not null default 'home',
  mode_until timestamptz,
  settings jsonb not null default '{}',
  consents jsonb not null default '[]',
  personal bytea not null,                 -- {name, birthDate, phone, conditions, contacts, …}
  search_tokens bytea[] not null default '{}',
  phone_tokens bytea[] not null default '{}',  -- own phone and the contacts' phones
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);
create index residents_home on residents (home_id);
create index residents_search on residents using gin (search_tokens);
create index residents_phone on residents using gin (phone_tokens);

create table devices (
  id text primary key,
  no int generated always as identity unique,
  home_id text not null references homes (id),
  kind text not null,
  zone text,
  codec text,
  external_id text,
  secret_hash bytea not null,              -- SHA-256 of a random 256-bit secret
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);
create index devices_home on devices (home_id);
create unique index devices_external on devices (home_id, external_id) where external_id is not null and retired_at is null;

create table bridges (
  id text primary key,
  name text not null default '',
  homes text[] not null,
  secret_hash bytea not null,
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);

create table caregivers (
  id text primary key,
  role text not null,
  skills text[] not null default '{}',
  stars smallint not null default 3,
  languages text[] not null default '{}',
  gender text,
  post_id text,
  provider text,
  lat double precision,
  lon double precision,
  located_at timestamptz,
  personal bytea not null,                 -- {name, phone}
  search_tokens bytea[] not null default '{}',
  phone_tokens bytea[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);

create table shifts (
  id text primary key,
  caregiver_id text not null references caregivers (id),
  from_at timestamptz,
  to_at timestamptz,
  weekly jsonb,                            -- {days:[1..7], start:'HH:MM', end:'HH:MM'}, local time of TZ
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz,
  check ((weekly is null) <> (from_at is null or to_at is null))
);
create index shifts_caregiver on shifts (caregiver_id);

create table policies (
  id text primary key,
  name text not null,
  kinds text[] not null,
  steps jsonb not null,
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);

create table users (
  username text primary key,
  password_hash text not null,             -- scrypt, parameters inside
  role text not null,
  streets text[] not null default '{}',    -- empty: the whole district
  caregiver_id text references caregivers (id),
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);

create table sessions (
  token_hash bytea primary key,
  username text not null references users (username),
  created_at timestamptz not null,
  expires_at timestamptz not null
);

-- What arrived -------------------------------------------------------------------------------------------------
-- seq: the order of arrival in which ingest folded it: (epoch << 40) + counter, growing over restarts.
do $$
begin
  if exists (select from pg_available_extensions where name = 'timescaledb') then
    create extension if not exists timescaledb;
    create table readings (
      received_at timestamptz not null, occurred_at timestamptz not null, seq bigint not null,
      home_no int not null, device_no int not null, channel smallint not null,
      message_id text, body jsonb not null);
    perform create_hypertable('readings', by_range('received_at', interval '1 day'), create_default_indexes => false);
  else
    create table readings (
      received_at timestamptz not null, occurred_at timestamptz not null, seq bigint not null,
      home_no int not null, device_no int not null, channel smallint not null,
      message_id text, body jsonb not null) partition by range (received_at);
    create table readings_default partition of readings default;
  end if;
end $$;
create index readings_home on readings (home_no, occurred_at);
create index readings_seq on readings using brin (seq);

-- Deduplication within 7 days: partitioned by day of arrival, key = hash of the id and hash of the content.
create table message_ids (
  day date not null,
  device_no int not null,
  id_key bigint not null,
  content_key bigint not null,
  primary key (device_no, id_key, content_key, day)
) partition by range (day);
create table message_ids_default partition of message_ids default;

create table dead_letters (
  id bigint generated always as identity primary key,
  received_at timestamptz not null,
  reason text not null,
  detail text not null default '',
  credential text,
  home_id text,
  device_id text,
  topic text not null,
  size int not null,
  sha256 bytea not null,
  body bytea                               -- absent where the contract says "size and hash only" or "reason only"
);
create index dead_letters_at on dead_letters (received_at desc);

-- What ingest is told by others (modes, settings) and its own timer firings, numbered in the same order as readings.
create table home_inputs (
  id bigint generated always as identity primary key,
  home_id text not null,
  kind text not null,                      -- 'mode' | 'settings' | 'resolved' | …
  body jsonb not null,
  created_at timestamptz not null,
  seq bigint                               -- set in the transaction that folds it
);
create index home_inputs_waiting on home_inputs (id) where seq is null;
create table home_log (
  seq bigint not null primary key,
  home_no int not null,
  kind text not null,                      -- 'timer' | 'input'
  at timestamptz not null,
  body jsonb not null
);
create table home_states (
  home_no int primary key,
  seq bigint not null,                     -- everything of this home up to and including seq is folded in
  format int not null,
  saved_at timestamptz not null,
  state jsonb not null
);
create table ingest_epochs (
  epoch int generated always as identity primary key,
  started_at timestamptz not null,
  alive_at timestamptz not null,           -- heartbeat: last time we know we were accepting
  checkpoint_seq bigint not null default 0 -- every home state is saved at least up to here
);
create table outages (
  id bigint generated always as identity primary key,
  from_at timestamptz not null,
  to_at timestamptz not null,
  reason text not null
);

-- Alerts --------------------------------------------------------------------------------------------------------
create table alerts (
  id text primary key,
  dedup_key text not null,
  kind text not null,
  priority smallint not null,
  state text not null,
  disposition text,
  home_id text not null,
  street text not null,
  occurred_at timestamptz not null,
  opened_at timestamptz not null,
  published_at timestamptz,
  acknowledged_by text,
  resolved_at timestamptz,
  deadline_at timestamptz,                 -- when the engine must look again; null once resolved
  test boolean not null default false,
  synthetic boolean not null default false,
  version int not null,
  doc jsonb not null,                      -- the whole alert (schemas/alert.ts AlertRecord), publishedAt excepted
  constraint priority_range check (priority between 1 and 4)
);
create unique index alerts_one_unresolved on alerts (dedup_key) where state <> 'resolved';   -- I5
create index alerts_deadline on alerts (deadline_at) where state <> 'resolved';
create index alerts_open on alerts (priority, opened_at) where state <> 'resolved';
create index alerts_home on alerts (home_id, opened_at desc);
create index alerts_opened on alerts (opened_at desc, id desc);

create table alert_events (
  alert_id text not null,
  version int not null,
  at timestamptz not null,
  type text not null,
  body jsonb not null,
  primary key (alert_id, version)
);

-- Outbox and stream in one: rows are written in the transaction of the change (stream_no null); the relay numbers
-- them after the commit, under the row lock of stream_head, so numbers become visible in order and without gaps.
create table outbox (
  id bigint generated always as identity primary key,
  type text not null,                      -- 'alert' | 'order' | 'device'
  ref text not null,
  street text,
  data jsonb not null,
  created_at timestamptz not null,
  stream_no bigint,
  published_at timestamptz
);
create index outbox_waiting on outbox (id) where stream_no is null;
create unique index outbox_stream on outbox (stream_no) where stream_no is not null;
create table stream_head (one boolean primary key default true check (one), no bigint not null);
insert into stream_head (no) values (0);

-- Orders, offers, visits ------------------------------------------------------------------------------------------
create table orders (
  id text primary key,
  alert_id text,
  home_id text not null,
  resident_id text,
  street text not null,
  service text not null,
  emergency boolean not null,
  state text not null,
  caregiver_id text,
  scheduled_at timestamptz,
  created_at timestamptz not null,
  deadline_at timestamptz,                 -- when the engine must look again
  version int not null,
  doc jsonb not null
);
create unique index orders_one_emergency on orders (caregiver_id)
  where emergency and state in ('accepted', 'en_route', 'on_scene');                         -- I11
create index orders_alert on orders (alert_id);
create index orders_caregiver on orders (caregiver_id, created_at desc);
create index orders_deadline on orders (deadline_at) where deadline_at is not null;
create index orders_created on orders (created_at desc, id desc);

create table offers (
  id text primary key,
  order_id text not null references orders (id),
  caregiver_id text not null,
  emergency boolean not null,
  offered_at timestamptz not null,
  expires_at timestamptz not null,
  outcome text,                            -- null while open; accepted | declined | expired | withdrawn, once
  ended_at timestamptz,
  reason text
);
create unique index offers_one_open_emergency on offers (caregiver_id) where emergency and outcome is null;
create unique index offers_one_open_per_order on offers (order_id, caregiver_id) where outcome is null;
create index offers_order on offers (order_id);

create table visits (
  order_id text primary key references orders (id),
  service text not null,
  home_id text not null,
  resident_id text,
  caregiver_id text not null,
  provider text,
  street text not null,
  began_at timestamptz not null,
  ended_at timestamptz not null,
  minutes int not null,
  place jsonb,
  notes bytea                              -- sealed like `personal`: what was done to whom
);
create index visits_ended on visits (ended_at);
create table ratings (
  order_id text primary key references orders (id),
  score numeric(3, 1) not null check (score between 0 and 10),
  comment text,
  rated_at timestamptz not null,
  rated_by text not null
);

create table downlink (
  id bigint generated always as identity primary key,
  home_id text not null,
  device_id text not null,
  body jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,         -- never sent after this
  sent_at timestamptz
);
create index downlink_waiting on downlink (id) where sent_at is null;

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  who text not null,
  role text not null,
  address text not null default '',
  action text not null,
  object text not null,
  detail jsonb not null default '{}'
);
create index audit_at on audit (at desc);
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function refuse_change();
create trigger alert_events_append_only before update or delete or truncate on alert_events
  for each statement execute function refuse_change();
