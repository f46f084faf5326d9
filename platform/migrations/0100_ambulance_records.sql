-- What was handed to the ambulance service (120) about an alert, as it stood at that moment, sealed; by a person or by
-- a notice that went to its gateway. Only adds; an erasure takes out the rows of that person's alerts.
create table ambulance_records (
  id bigint generated always as identity primary key,
  alert_id text not null,
  at timestamptz not null,
  by_whom text not null,
  reference text,                          -- number of the case at 120, as they told it
  notice_id text unique,                   -- handed over by machine: once for each notice
  sheet bytea not null
);
create index ambulance_records_alert on ambulance_records (alert_id, id);
