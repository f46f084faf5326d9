-- Alerts that are not written fail their transaction by themselves, so that a commit can be sent behind the statement
-- without waiting for its count. Otherwise as in 0002.
create or replace function alerts_write(changes jsonb, at timestamptz) returns int
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
  if written <> jsonb_array_length(changes) then
    raise exception 'an alert was changed without its lock' using errcode = 'YLA01';
  end if;
  return written;
end $$;
alter function alerts_write(jsonb, timestamptz) set plan_cache_mode = force_generic_plan;
alter function alerts_write(jsonb, timestamptz) set enable_seqscan = off;
alter function alerts_write(jsonb, timestamptz) set enable_hashjoin = off;
alter function alerts_write(jsonb, timestamptz) set enable_mergejoin = off;
