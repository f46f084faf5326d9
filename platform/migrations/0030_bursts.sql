-- Bursts: many cases locked, and many written, in one transaction of a handful of round trips. Rows are looked up one by
-- one within these functions: a join's plan that was made while a table was small may begin at its wrong end, and is
-- kept (0002) when the table has grown.

-- Offers of orders that are written a moment later in the same transaction: whom to ask is claimed before anything else.
alter table offers alter constraint offers_order_id_fkey deferrable initially deferred;

-- Many alerts as `alert_lock` gives one, in the order asked for. hold = true: locked until the end of the transaction,
-- those that somebody else is at left out, so that nothing here ever waits; hold = false: as they are, for planning.
-- In the first row also the policies, the newest first.
create function cases_read(ids text[], hold boolean)
returns table (doc jsonb, work jsonb, published_at timestamptz, newer_unresolved boolean, orders jsonb, policies jsonb)
language plpgsql volatile as $$
declare
  one text;
  slot bigint;
  held text[] := '{}';
  current_policies jsonb;
begin
  if hold then
    foreach one in array ids loop
      select dedup_slot(a.dedup_key) into slot from alerts a where a.id = one;
      if slot is not null and pg_try_advisory_xact_lock(slot) then held := held || one; end if;
    end loop;
  else
    held := ids;
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'kinds', p.kinds, 'steps', p.steps)
                  order by p.created_at desc, p.id desc), '[]')
    into current_policies from policies p where p.retired_at is null;
  foreach one in array held loop
    if hold then
      perform 1 from orders o where o.alert_id = one and o.state not in ('completed', 'cancelled')
        order by o.id for update;
    end if;
    return query
      select a.doc, a.work, a.published_at,
        exists (select from alerts b where b.dedup_key = a.dedup_key and b.state <> 'resolved' and b.id <> a.id),
        (select coalesce(jsonb_agg(jsonb_build_object('order', o.doc, 'work', o.work) order by o.created_at, o.id), '[]')
           from orders o where o.alert_id = one and o.state not in ('completed', 'cancelled')),
        current_policies
      from alerts a where a.id = one;
    if found then current_policies := null; end if;
  end loop;
end $$;

-- Takes people for offers, all or some: whoever is being asked about another emergency is left out (I11). In the order
-- of the people, so that two servers never wait for each other. Gives the ids of the offers that were had.
create function offers_claim(claims jsonb, at timestamptz) returns setof text
language sql volatile as $$
  insert into offers (id, order_id, caregiver_id, emergency, offered_at, expires_at)
  select c.id, c."orderId", c."caregiverId", c.emergency, at, c."expiresAt"
  from jsonb_to_recordset(claims) as c (id text, "orderId" text, "caregiverId" text, emergency boolean, "expiresAt" timestamptz)
  order by c."caregiverId"
  on conflict do nothing
  returning id
$$;

-- Many orders as `order_write` writes one. Gives how many were written.
create function orders_write(changes jsonb, at timestamptz) returns int
language plpgsql volatile as $$
declare
  one record;
  written int := 0;
begin
  for one in select x.* from jsonb_to_recordset(changes) as x (doc jsonb, work jsonb, "deadlineAt" timestamptz) loop
    written := written + order_write(one.doc, one.work, one."deadlineAt", at);
  end loop;
  return written;
end $$;

-- As in 0003: row, event and outbox row of each alert together (I6); what is not written fails the transaction.
create or replace function alerts_write(changes jsonb, at timestamptz) returns int
language plpgsql volatile as $$
declare
  c record;
  written int := 0;
begin
  for c in
    select x.*, x.doc ->> 'id' as id, (x.doc ->> 'version')::int as version, x.doc ->> 'state' as state
    from jsonb_to_recordset(changes) as x (doc jsonb, work jsonb, events jsonb)
  loop
    if c.version = 1 then
      insert into alerts (id, dedup_key, kind, priority, state, disposition, home_id, street, occurred_at, opened_at,
        acknowledged_by, resolved_at, deadline_at, test, synthetic, version, doc, work)
      values (c.id, c.doc ->> 'dedupKey', c.doc ->> 'kind', (c.doc ->> 'priority')::smallint, c.state,
        c.doc ->> 'disposition', c.doc ->> 'homeId', c.doc ->> 'street', (c.doc ->> 'occurredAt')::timestamptz,
        (c.doc ->> 'openedAt')::timestamptz, c.doc ->> 'acknowledgedBy', (c.doc ->> 'resolvedAt')::timestamptz,
        (c.doc ->> 'deadlineAt')::timestamptz, (c.doc ->> 'test')::boolean, (c.doc ->> 'synthetic')::boolean,
        c.version, c.doc, c.work);
    else
      update alerts a set kind = c.doc ->> 'kind', priority = (c.doc ->> 'priority')::smallint, state = c.state,
        disposition = c.doc ->> 'disposition', acknowledged_by = c.doc ->> 'acknowledgedBy',
        resolved_at = (c.doc ->> 'resolvedAt')::timestamptz, deadline_at = (c.doc ->> 'deadlineAt')::timestamptz,
        test = (c.doc ->> 'test')::boolean, synthetic = (c.doc ->> 'synthetic')::boolean,
        version = c.version, doc = c.doc, work = c.work
      where a.id = c.id and a.version = c.version - 1;
      if not found then
        raise exception 'an alert was changed without its lock' using errcode = 'YLA01';
      end if;
    end if;
    insert into alert_events (alert_id, version, at, type, body)
      values (c.id, c.version, at, c.events -> 0 ->> 'type', c.events);
    insert into outbox (type, ref, street, data, created_at)
      values ('alert', c.id, c.doc ->> 'street', c.doc, at);
    written := written + 1;
  end loop;
  return written;
end $$;

do $$
declare
  name text;
begin
  foreach name in array array['cases_read(text[], boolean)', 'offers_claim(jsonb, timestamptz)',
    'orders_write(jsonb, timestamptz)', 'alerts_write(jsonb, timestamptz)'] loop
    execute format('alter function %s set plan_cache_mode = force_generic_plan', name);
    execute format('alter function %s set enable_seqscan = off', name);
    execute format('alter function %s set enable_hashjoin = off', name);
    execute format('alter function %s set enable_mergejoin = off', name);
  end loop;
end $$;
