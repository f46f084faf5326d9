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
  seen timestamptz;
  seen_at timestamptz[] := '{}';
  head bigint;
begin
  if exists (select from outbox o where o.stream_no is null) then
    perform alerts_write(changes, at);
    return query select p.no, p.type, p.ref, p.street, p.data from stream_publish(at, most) p;
    return;
  end if;
  for c in
    select x.*, x.doc ->> 'id' as id, (x.doc ->> 'version')::int as version, x.doc ->> 'state' as state
    from jsonb_to_recordset(changes) as x (doc jsonb, work jsonb, events jsonb)
  loop
    if c.version = 1 then
      insert into alerts (id, dedup_key, kind, priority, state, disposition, home_id, street, occurred_at, opened_at,
        acknowledged_by, resolved_at, deadline_at, test, synthetic, version, doc, work, published_at)
      values (c.id, c.doc ->> 'dedupKey', c.doc ->> 'kind', (c.doc ->> 'priority')::smallint, c.state,
        c.doc ->> 'disposition', c.doc ->> 'homeId', c.doc ->> 'street', (c.doc ->> 'occurredAt')::timestamptz,
        (c.doc ->> 'openedAt')::timestamptz, c.doc ->> 'acknowledgedBy', (c.doc ->> 'resolvedAt')::timestamptz,
        (c.doc ->> 'deadlineAt')::timestamptz, (c.doc ->> 'test')::boolean, (c.doc ->> 'synthetic')::boolean,
        c.version, c.doc, c.work, at);
      seen := at;
    else
      update alerts a set kind = c.doc ->> 'kind', priority = (c.doc ->> 'priority')::smallint, state = c.state,
        disposition = c.doc ->> 'disposition', acknowledged_by = c.doc ->> 'acknowledgedBy',
        resolved_at = (c.doc ->> 'resolvedAt')::timestamptz, deadline_at = (c.doc ->> 'deadlineAt')::timestamptz,
        test = (c.doc ->> 'test')::boolean, synthetic = (c.doc ->> 'synthetic')::boolean,
        version = c.version, doc = c.doc, work = c.work, published_at = coalesce(a.published_at, at)
      where a.id = c.id and a.version = c.version - 1
      returning a.published_at into seen;
      if not found then
        raise exception 'an alert was changed without its lock' using errcode = 'YLA01';
      end if;
    end if;
    insert into alert_events (alert_id, version, at, type, body)
      values (c.id, c.version, at, c.events -> 0 ->> 'type', c.events);
    seen_at := seen_at || seen;
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
alter function alerts_publish(jsonb, timestamptz, int) set plan_cache_mode = force_generic_plan;
alter function alerts_publish(jsonb, timestamptz, int) set enable_seqscan = off;
alter function alerts_publish(jsonb, timestamptz, int) set enable_hashjoin = off;
alter function alerts_publish(jsonb, timestamptz, int) set enable_mergejoin = off;
