-- Dispatch: what alerts and orders need beside their documents, locking by dedup key, and the relay's numbering.
-- The functions are VOLATILE plpgsql on purpose: at READ COMMITTED each of their statements takes a new snapshot, so
-- that what is read after a lock is what the last holder committed. One round trip does what would need two or three.

alter table alerts add column work jsonb not null default '{}';   -- policy frozen at opening, step, question asked
alter table orders add column work jsonb not null default '{}';   -- origin, offers still to make

create index alerts_previous on alerts (dedup_key, opened_at desc) where state = 'resolved';
create index alerts_pending on alerts (id) where state = 'pending';
create index orders_active on orders (alert_id) where state in ('requested', 'offered', 'accepted');
create index orders_home on orders (home_id, created_at desc);
create index orders_load on orders (created_at) where caregiver_id is not null;
create index orders_visiting on orders (caregiver_id)
  where not emergency and state in ('accepted', 'en_route', 'on_scene');
create index outbox_published on outbox (published_at) where stream_no is not null;

-- Every change of an alert holds the lock of its dedup key, whether a row of that key exists yet or not (a row lock
-- cannot hold what is not there: ThingsBoard #15583). Keys share 1,024 slots so that a burst of any size fits into the
-- shared lock table; taken in ascending order, so two transactions never wait for each other.
create function dedup_slot(key text) returns bigint language sql immutable parallel safe as $$
  select 7101000000 + (hashtextextended(key, 7101) & 1023)
$$;

-- Locks the keys; gives the unresolved alert of each, or else the id of its last resolved one. In the first row also
-- the policies, the newest first.
create function alerts_lock(keys text[])
returns table (dedup_key text, doc jsonb, work jsonb, previous_id text, policies jsonb)
language plpgsql volatile as $$
declare
  slot bigint;
begin
  for slot in select distinct dedup_slot(k) from unnest(keys) k order by 1 loop
    perform pg_advisory_xact_lock(slot);
  end loop;
  return query
    select k.key, a.doc, a.work,
      case when a.id is null then
        (select p.id from alerts p where p.dedup_key = k.key and p.state = 'resolved' order by p.opened_at desc limit 1)
      end,
      case when k.no = 1 then
        (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'kinds', p.kinds, 'steps', p.steps)
                         order by p.created_at desc, p.id desc), '[]')
           from policies p where p.retired_at is null)
      end
    from unnest(keys) with ordinality k (key, no)
    left join alerts a on a.dedup_key = k.key and a.state <> 'resolved'
    order by k.no;
end $$;

-- Locks one alert by its id and gives it as it is then, with its orders that are not over (locked as well).
-- wait = false: nothing if somebody else is at it (what SKIP LOCKED is for rows).
create function alert_lock(alert_id text, wait boolean)
returns table (doc jsonb, work jsonb, published_at timestamptz, newer_unresolved boolean, orders jsonb, policies jsonb)
language plpgsql volatile as $$
declare
  slot bigint;
begin
  select dedup_slot(a.dedup_key) into slot from alerts a where a.id = alert_id;
  if slot is null then return; end if;
  if wait then
    perform pg_advisory_xact_lock(slot);
  elsif not pg_try_advisory_xact_lock(slot) then
    return;
  end if;
  perform 1 from orders o
    where o.alert_id = alert_lock.alert_id and o.state not in ('completed', 'cancelled') order by o.id for update;
  return query
    select a.doc, a.work, a.published_at,
      exists (select from alerts b where b.dedup_key = a.dedup_key and b.state <> 'resolved' and b.id <> a.id),
      (select coalesce(jsonb_agg(jsonb_build_object('order', o.doc, 'work', o.work) order by o.created_at, o.id), '[]')
         from orders o where o.alert_id = a.id and o.state not in ('completed', 'cancelled')),
      (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'kinds', p.kinds, 'steps', p.steps)
                       order by p.created_at desc, p.id desc), '[]')
         from policies p where p.retired_at is null)
    from alerts a where a.id = alert_lock.alert_id;
end $$;

-- Writes changes of alerts: the row, its event and its outbox row together (I6). Gives how many were written; fewer
-- than asked means that somebody changed one of them without the lock, and the caller must roll back.
create function alerts_write(changes jsonb, at timestamptz) returns int
language plpgsql volatile as $$
declare
  written int;
begin
  with c as (
    select x.*, x.doc ->> 'id' as id, (x.doc ->> 'version')::int as version, x.doc ->> 'state' as state
    from jsonb_to_recordset(changes) as x (doc jsonb, work jsonb, events jsonb)
  ), ins as (
    insert into alerts (id, dedup_key, kind, priority, state, disposition, home_id, street, occurred_at, opened_at,
      acknowledged_by, resolved_at, deadline_at, test, synthetic, version, doc, work)
    select id, doc ->> 'dedupKey', doc ->> 'kind', (doc ->> 'priority')::smallint, state, doc ->> 'disposition',
      doc ->> 'homeId', doc ->> 'street', (doc ->> 'occurredAt')::timestamptz, (doc ->> 'openedAt')::timestamptz,
      doc ->> 'acknowledgedBy', (doc ->> 'resolvedAt')::timestamptz, (doc ->> 'deadlineAt')::timestamptz,
      (doc ->> 'test')::boolean, (doc ->> 'synthetic')::boolean, version, doc, work
    from c where version = 1
    returning alerts.id
  ), upd as (
    update alerts a set kind = c.doc ->> 'kind', priority = (c.doc ->> 'priority')::smallint, state = c.state,
      disposition = c.doc ->> 'disposition', acknowledged_by = c.doc ->> 'acknowledgedBy',
      resolved_at = (c.doc ->> 'resolvedAt')::timestamptz, deadline_at = (c.doc ->> 'deadlineAt')::timestamptz,
      test = (c.doc ->> 'test')::boolean, synthetic = (c.doc ->> 'synthetic')::boolean,
      version = c.version, doc = c.doc, work = c.work
    from c where a.id = c.id and a.version = c.version - 1
    returning a.id
  ), done as (
    select id from ins union all select id from upd
  ), ev as (
    insert into alert_events (alert_id, version, at, type, body)
    select c.id, c.version, alerts_write.at, c.events -> 0 ->> 'type', c.events from c join done using (id)
  ), ob as (
    insert into outbox (type, ref, street, data, created_at)
    select 'alert', c.id, c.doc ->> 'street', c.doc, alerts_write.at from c join done using (id)
  )
  select count(*)::int into written from done;
  return written;
end $$;

-- Writes one order: its row, its offers, its outbox row. Version 1 is new; any other replaces the one before it, or
-- nothing (0). An offer ends once: one that has ended is not touched again (I11). The partial unique indexes refuse a
-- second emergency order, or a second open emergency offer, of one caregiver.
create function order_write(p_doc jsonb, p_work jsonb, p_deadline timestamptz, p_at timestamptz) returns int
language plpgsql volatile as $$
declare
  p_version int := (p_doc ->> 'version')::int;
  written int;
begin
  if p_version = 1 then
    insert into orders (id, alert_id, home_id, resident_id, street, service, emergency, state, caregiver_id,
      scheduled_at, created_at, deadline_at, version, doc, work)
    values (p_doc ->> 'id', p_doc ->> 'alertId', p_doc ->> 'homeId', p_doc ->> 'residentId', p_doc ->> 'street',
      p_doc ->> 'service', (p_doc ->> 'emergency')::boolean, p_doc ->> 'state', p_doc ->> 'caregiverId',
      (p_doc ->> 'scheduledAt')::timestamptz, (p_doc ->> 'createdAt')::timestamptz, p_deadline, p_version,
      p_doc, p_work);
  else
    update orders o set service = p_doc ->> 'service', state = p_doc ->> 'state',
      caregiver_id = p_doc ->> 'caregiverId', deadline_at = p_deadline,
      version = p_version, doc = p_doc, work = p_work
    where o.id = p_doc ->> 'id' and o.version = p_version - 1;
  end if;
  get diagnostics written = row_count;
  if written = 0 then return 0; end if;
  insert into offers (id, order_id, caregiver_id, emergency, offered_at, expires_at, outcome, ended_at, reason)
    select f.id, p_doc ->> 'id', f."caregiverId", (p_doc ->> 'emergency')::boolean, f."offeredAt", f."expiresAt",
      f.outcome, f."endedAt", f.reason
    from jsonb_to_recordset(p_doc -> 'offers') as f (id text, "caregiverId" text, "offeredAt" timestamptz,
      "expiresAt" timestamptz, outcome text, "endedAt" timestamptz, reason text)
    on conflict (id) do update set outcome = excluded.outcome, ended_at = excluded.ended_at, reason = excluded.reason
      where offers.outcome is null and excluded.outcome is not null;
  insert into outbox (type, ref, street, data, created_at)
    values ('order', p_doc ->> 'id', p_doc ->> 'street', p_doc, p_at);
  return written;
end $$;

-- The relay. Numbers what waits under the row lock of stream_head, so that numbers become visible in order and without
-- gaps, on however many servers it runs. An alert is published when its first row is; later rows carry that time too.
create function stream_publish(at timestamptz, most int)
returns table (no bigint, type text, ref text, street text, data text)
language plpgsql volatile as $$
declare
  head bigint;
begin
  if not exists (select from outbox o where o.stream_no is null) then return; end if;
  select h.no into head from stream_head h for update;
  return query
    with waiting as (
      select o.id, o.type, o.ref, row_number() over (order by o.id) as nth
      from outbox o where o.stream_no is null order by o.id limit most
    ), moved as (
      update stream_head h set no = head + (select count(*) from waiting) where exists (select from waiting)
    ), first_seen as (
      -- Whoever holds an alert must not hold up everybody's stream: passed over here, it is marked with its next row.
      update alerts a set published_at = stream_publish.at
      where a.id in (
        select b.id from alerts b
        where b.published_at is null and b.id in (select w.ref from waiting w where w.type = 'alert')
        for update skip locked)
      returning a.id
    ), stamped as (
      select w.id, w.nth,
        case when w.type = 'alert' then coalesce(
          (select a.published_at from alerts a where a.id = w.ref and a.published_at is not null), stream_publish.at)
        end as seen_at
      from waiting w
    ), numbered as (
      update outbox o set stream_no = head + s.nth, published_at = stream_publish.at,
        data = case when s.seen_at is null then o.data
          else o.data || jsonb_build_object('publishedAt', to_char(s.seen_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end
      from stamped s where o.id = s.id
      returning o.stream_no, o.type, o.ref, o.street, o.data::text as data
    )
    select n.stream_no, n.type, n.ref, n.street, n.data from numbered n order by n.stream_no;
end $$;

-- These run thousands of times a second on a handful of rows each. Planning them anew each time (the planner's choice
-- for arrays of unknown length) costs ten times what they do, and plans made while the tables were small read whole
-- tables when they are large: so one plan for all, by index.
do $$
declare
  name text;
begin
  foreach name in array array['alerts_lock(text[])', 'alert_lock(text, boolean)', 'alerts_write(jsonb, timestamptz)',
    'order_write(jsonb, jsonb, timestamptz, timestamptz)', 'stream_publish(timestamptz, int)'] loop
    execute format('alter function %s set plan_cache_mode = force_generic_plan', name);
    execute format('alter function %s set enable_seqscan = off', name);
    execute format('alter function %s set enable_hashjoin = off', name);
    execute format('alter function %s set enable_mergejoin = off', name);
  end loop;
end $$;
