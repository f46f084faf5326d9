-- What is asked of readings is one home's, of some stretch of time. An index by home and moment has a key for every reading
-- and, as every home inserts in its own place, pages that are half full: 50 bytes a reading. By home and quarter of an hour
-- many readings share a key, which is stored once with a list of where they are: a fifth of that.
--
-- Whoever asks must say the bin besides the moment (platform/reading-times.ts says both).
--
-- Building it keeps writers out. A large database builds it beforehand, without that (docs/upgrade.md); then this finds it.
create or replace function reading_bin(at timestamptz) returns timestamptz
language sql immutable parallel safe as $$
  select date_bin(interval '15 minutes', at, timestamptz 'epoch')
$$;
create index if not exists readings_home_bin on readings (home_no, reading_bin(occurred_at));
drop index readings_home;
