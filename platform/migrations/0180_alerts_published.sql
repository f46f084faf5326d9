-- One alert's row and its event. `seen`: when it is on the operators' stream, if it is numbered in this very transaction; gives
-- when it first was. Planned under the settings of those two that call it.
create function alert_store(doc jsonb, work jsonb, events jsonb, at timestamptz, seen timestamptz) returns timestamptz
language plpgsql volatile as $$
declare
  alert text := doc ->> 'id';
  now_at int := (doc ->> 'version')::int;
begin
  if now_at = 1 then
    insert into alerts (id, dedup_key, kind, priority, state, disposition, home_id, street, occurred_at, opened_at,
      acknowledged_by, resolved_at, deadline_at, test, synthetic, version, doc, work, published_at)
    values (alert, doc ->> 'dedupKey', doc ->> 'kind', (doc ->> 'priority')::smallint, doc ->> 'state',
      doc ->> 'disposition', doc ->> 'homeId', doc ->> 'street', (doc ->> 'occurredAt')::timestamptz,
      (doc ->> 'openedAt')::timestamptz, doc ->> 'acknowledgedBy', (doc ->> 'resolvedAt')::timestamptz,
      (doc ->> 'deadlineAt')::timestamptz, (doc ->> 'test')::boolean, (doc ->> 'synthetic')::boolean,
      now_at, alert_store.doc, alert_store.work, seen);
  else
    update alerts a set kind = alert_store.doc ->> 'kind', priority = (alert_store.doc ->> 'priority')::smallint,
      state = alert_store.doc ->> 'state', disposition = alert_store.doc ->> 'disposition',
      acknowledged_by = alert_store.doc ->> 'acknowledgedBy',
      resolved_at = (alert_store.doc ->> 'resolvedAt')::timestamptz,
      deadline_at = (alert_store.doc ->> 'deadlineAt')::timestamptz, test = (alert_store.doc ->> 'test')::boolean,
      synthetic = (alert_store.doc ->> 'synthetic')::boolean, version = now_at, doc = alert_store.doc,
      work = alert_store.work, published_at = coalesce(a.published_at, seen)
    where a.id = alert and a.version = now_at - 1
    returning a.published_at into seen;
    if not found then
      raise exception 'an alert was changed without its lock' using errcode = 'YLA01';
    end if;
  end if;
  insert into alert_events (alert_id, version, at, type, body)
    values (alert, now_at, alert_store.at, events -> 0 ->> 'type', events);
  return seen;
end $$;

-- As in 0030, by that.
create or replace function alerts_write(changes jsonb, at timestamptz) returns int
language plpgsql volatile as $$
declare
  c record;
  written int := 0;
begin
  for c in select x.* from jsonb_to_recordset(changes) as x (doc jsonb, work jsonb, events jsonb) loop
    perform alert_store(c.doc, c.work, c.events, at, null);
    insert into outbox (type, ref, street, data, created_at)
      values ('alert', c.doc ->> 'id', c.doc ->> 'street', c.doc, at);
    written := written + 1;
  end loop;
  return written;
end $$;

-- Alerts written and numbered for the stream at once. Where nothing else waits in the outbox, which is nearly always, their
-- rows get their numbers as they are written: no second version of the outbox row, of its index entries, nor (when an alert
-- opens) of the alert's. Else as `alerts_write` and then `stream_publish`: what was written before has its number first.
-- Whoever calls holds the alerts' locks, so what waits of the same alerts can be seen here. The head of the stream is locked
-- last: whoever holds a row of ours up does not hold up everybody's stream.
create function alerts_publish(changes jsonb, at timestamptz, most int)
returns table (no bigint, type text, ref text, street text, data text)
language plpgsql volatile as $$
declare
  c record;
  one jsonb;
  nth int := 0;
  seen_at timestamptz[] := '{}';
  head bigint;
begin
  if exists (select from outbox o where o.stream_no is null) then
    perform alerts_write(changes, at);
    return query select p.no, p.type, p.ref, p.street, p.data from stream_publish(at, most) p;
    return;
  end if;
  for c in select x.* from jsonb_to_recordset(changes) as x (doc jsonb, work jsonb, events jsonb) loop
    seen_at := seen_at || alert_store(c.doc, c.work, c.events, at, at);
  end loop;
  update stream_head h set no = h.no + cardinality(seen_at) returning h.no - cardinality(seen_at) into head;
  for one in select x.doc from jsonb_to_recordset(changes) as x (doc jsonb) loop
    nth := nth + 1;
    return query
      insert into outbox as o (type, ref, street, data, created_at, stream_no, published_at)
      values ('alert', one ->> 'id', one ->> 'street',
        one || jsonb_build_object('publishedAt',
          to_char(seen_at[nth] at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        at, head + nth, at)
      returning o.stream_no, o.type, o.ref, o.street, o.data::text;
  end loop;
end $$;
do $$
declare
  name text;
begin
  foreach name in array array['alerts_write(jsonb, timestamptz)', 'alerts_publish(jsonb, timestamptz, int)'] loop
    execute format('alter function %s set plan_cache_mode = force_generic_plan', name);
    execute format('alter function %s set enable_seqscan = off', name);
    execute format('alter function %s set enable_hashjoin = off', name);
    execute format('alter function %s set enable_mergejoin = off', name);
  end loop;
end $$;
