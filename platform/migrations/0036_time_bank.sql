-- For whom, besides the volunteer, an account may be drawn on: direct relatives, by pseudonyms. Ended, never removed.
create table ledger_relatives (
  id bigint generated always as identity primary key,
  account_id text not null references caregivers (id),
  resident_id text not null references residents (id),
  relation text not null,
  recorded_at timestamptz not null,
  recorded_by text not null,
  ended_at timestamptz,
  ended_by text
);
create unique index ledger_relatives_one on ledger_relatives (account_id, resident_id) where ended_at is null;

-- Kinds from now on: deposit | redeem | reverse (ref: what it takes back) | expire | reward (ref: once for each).
create index ledger_transactions_kind on ledger_transactions (kind, at);
create index ratings_rated on ratings (rated_at);
create index visits_caregiver on visits (caregiver_id, ended_at);
