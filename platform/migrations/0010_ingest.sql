-- Ingest: what a refold must know of a reading, ids of presses apart, wake-ups of homes that are not in memory, and the
-- fence that keeps a writer out that has been superseded.

-- flags: 0–2 the clock's verdict, 3 a will. marks: what is odd about it. device_id: only of an unregistered device
-- (then device_no is 0).
alter table readings add column flags smallint not null default 0;
alter table readings add column marks text[];
alter table readings add column device_id text;

-- Ids of presses are few: all of the last 7 days are held in memory, so that a press never waits for a look-up.
alter table message_ids add column press boolean not null default false;
create index message_ids_press on message_ids (day) where press;

alter table home_states add column wake_at timestamptz;

create index home_log_at on home_log using brin (seq);

-- Holds off a take-over until the transaction ends (the successor takes the same lock exclusively before it begins),
-- and refuses whoever has been succeeded.
create function ingest_fence(mine int) returns void language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(7100000002);
  if (select max(epoch) from ingest_epochs) is distinct from mine then
    raise exception 'another ingest has taken over from epoch %', mine using errcode = 'YLF01';
  end if;
end $$;
