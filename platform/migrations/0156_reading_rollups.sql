-- What charts over long spans are drawn from: for every hour and day, how often a device spoke and the least, the most
-- and the sum of each number it told. Continuous aggregates where TimescaleDB is; tables of our own where it is not
-- (or in its Apache edition), kept up by platform/rollups. Both behind the views reading_hours and reading_days.
--
-- Rows are kept by the hour in which readings arrived as well as the hour they tell of, so that what is seven days late
-- adds a row instead of changing one; who asks adds them up. Positions are left out: their mean is no place, and they
-- may have to go sooner than the rest.

-- One row with field null for the reading itself, and one for each number in it that a float can hold.
create function reading_numbers(body jsonb) returns table (field text, number double precision)
language sql immutable parallel safe as $$
  select null::text, null::double precision
  union all
  select told.key, told.number from (
    select e.key, case when jsonb_typeof(e.value) = 'number' then case when abs((e.value)::numeric) < 1e15
             then round((e.value)::numeric, 9)::double precision end end as number
    from jsonb_each(body) e) told
  where told.number is not null and told.key <> 'ts'
$$;

-- Until when each of our own rollups is made; on continuous aggregates TimescaleDB knows. stored_seq: everything up to
-- it had been stored when this was last looked at; what came later and is of before until_at is late.
create table reading_rollups (
  grain text primary key check (grain in ('hour', 'day')),
  until_at timestamptz not null default '-infinity',
  stored_seq bigint not null default 0
);
insert into reading_rollups (grain) values ('hour'), ('day');

do $$
begin
  if exists (select from pg_extension where extname = 'timescaledb') then
    begin
      create materialized view reading_hours
        with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false,
          timescaledb.chunk_interval = '1 day') as
      select time_bucket(interval '1 hour', r.received_at) as arrived,
             date_bin(interval '1 hour', r.occurred_at, timestamptz 'epoch') as hour,
             r.home_no, r.device_no, r.device_id, r.channel, n.field,
             count(*) as count, min(n.number) as min, max(n.number) as max, sum(n.number) as sum
      from readings r, lateral reading_numbers(r.body) n
      where r.channel <> 6
      group by 1, 2, 3, 4, 5, 6, 7
      with no data;
      create index on reading_hours (home_no, hour);
      create materialized view reading_days
        with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false,
          timescaledb.chunk_interval = '1 day') as
      select time_bucket(interval '1 day', h.arrived) as arrived,
             date_bin(interval '1 day', h.hour, timestamptz 'epoch') as day,
             h.home_no, h.device_no, h.device_id, h.channel, h.field,
             sum(h.count)::bigint as count, min(h.min) as min, max(h.max) as max, sum(h.sum) as sum
      from reading_hours h
      group by 1, 2, 3, 4, 5, 6, 7
      with no data;
      create index on reading_days (home_no, day);
      return;
    exception when feature_not_supported or undefined_function or undefined_object or invalid_parameter_value then
      raise warning 'no continuous aggregates, rollups are our own: %', sqlerrm;
    end;
  end if;

  create table reading_hours_kept (
    arrived timestamptz not null, hour timestamptz not null,
    home_no int not null, device_no int not null, device_id text, channel smallint not null, field text,
    count bigint not null, min double precision, max double precision, sum double precision
  ) partition by range (arrived);
  create table reading_hours_kept_default partition of reading_hours_kept default;
  create index reading_hours_home on reading_hours_kept (home_no, hour);
  create index reading_hours_arrived on reading_hours_kept using brin (arrived);
  create table reading_days_kept (
    arrived timestamptz not null, day timestamptz not null,
    home_no int not null, device_no int not null, device_id text, channel smallint not null, field text,
    count bigint not null, min double precision, max double precision, sum double precision
  ) partition by range (arrived);
  create table reading_days_kept_default partition of reading_days_kept default;
  create index reading_days_home on reading_days_kept (home_no, day);

  create view reading_hours as
    select arrived, hour, home_no, device_no, device_id, channel, field, count, min, max, sum
    from reading_hours_kept
    where arrived < (select until_at from reading_rollups where grain = 'hour')
    union all
    select date_bin(interval '1 hour', r.received_at, timestamptz 'epoch'),
           date_bin(interval '1 hour', r.occurred_at, timestamptz 'epoch'),
           r.home_no, r.device_no, r.device_id, r.channel, n.field,
           count(*), min(n.number), max(n.number), sum(n.number)
    from readings r, lateral reading_numbers(r.body) n
    where r.channel <> 6 and r.received_at >= (select until_at from reading_rollups where grain = 'hour')
    group by 1, 2, 3, 4, 5, 6, 7;
  create view reading_days as
    select arrived, day, home_no, device_no, device_id, channel, field, count, min, max, sum
    from reading_days_kept
    where arrived < (select until_at from reading_rollups where grain = 'day')
    union all
    select date_bin(interval '1 day', h.arrived, timestamptz 'epoch'),
           date_bin(interval '1 day', h.hour, timestamptz 'epoch'),
           h.home_no, h.device_no, h.device_id, h.channel, h.field,
           sum(h.count)::bigint, min(h.min), max(h.max), sum(h.sum)
    from reading_hours h
    where h.arrived >= (select until_at from reading_rollups where grain = 'day')
    group by 1, 2, 3, 4, 5, 6, 7;
end $$;
