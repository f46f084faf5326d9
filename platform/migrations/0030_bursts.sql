-- Bursts: many cases locked, and many written, in one transaction of a handful of round trips.

-- Offers of orders that are written a moment later in the same transaction: whom to ask is claimed before anything else.
alter table offers alter constraint offers_order_id_fkey deferrable initially deferred;

-- Many alerts as `alert_lock` gives one, in the order asked for. hold = true: locked until the end of the transaction,
-- those that somebody else is at left out, so that nothing here ever waits; hold = false: as they are, for planning.
-- In the first row also the policies, the newest first.
create function cases_read(ids text[], hold boolean)
returns table (doc jsonb, work jsonb, published_at timestamptz, newer_unresolved boolean, orders jsonb, policies jsonb)
language plpgsql volatile as $$
declare
  one record;
  held text[] := '{}';
begin
  if hold then
    for one in select a.id, dedup_slot(a.dedup_key) as slot from alerts a where a.id = any(ids) loop
      if pg_try_advisory_xact_lock(one.slot) then held := held || one.id; end if;
    end loop;
    perform 1 from orders o where o.alert_id = any(held) and o.state not in ('completed', 'cancelled')
      order by o.alert_id, o.id for update;
  else
    held := ids;
  end if;
  return query
    select a.doc, a.work, a.published_at,
      exists (select from alerts b where b.dedup_key = a.dedup_key and b.state <> 'resolved' and b.id <> a.id),
      (select coalesce(jsonb_agg(jsonb_build_object('order', o.doc, 'work', o.work) order by o.created_at, o.id), '[]')
         from orders o where o.alert_id = a.id and o.state not in ('completed', 'cancelled')),
      case when row_number() over (order by w.no) = 1 then
        (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'kinds', p.kinds, 'steps', p.steps)
                         order by p.created_at desc, p.id desc), '[]')
           from policies p where p.retired_at is null)
      end
    from unnest(ids) with ordinality w (id, no) join alerts a on a.id = w.id
    where a.id = any(held)
    order by w.no;
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

do $$
declare
  name text;
begin
  foreach name in array array['cases_read(text[], boolean)', 'offers_claim(jsonb, timestamptz)',
    'orders_write(jsonb, timestamptz)'] loop
    execute format('alter function %s set plan_cache_mode = force_generic_plan', name);
    execute format('alter function %s set enable_seqscan = off', name);
    execute format('alter function %s set enable_hashjoin = off', name);
    execute format('alter function %s set enable_mergejoin = off', name);
  end loop;
end $$;
