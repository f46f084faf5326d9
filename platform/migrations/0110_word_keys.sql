-- Keys of what people write on alarms and orders. Those words stand sealed within documents and in an event log that may
-- not be changed, so they have keys of their own, and only these are sealed with the data key.
create table word_keys (
  id int primary key generated always as identity,
  sealed bytea not null,
  created_at timestamptz not null default now()
);
