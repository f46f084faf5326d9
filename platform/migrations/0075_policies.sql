-- Policies: whom they call for besides priority 1 and 2, and quiet hours; when families are told, by kind of alarm. All of
-- it is frozen into an alert when it opens (I9).
alter table policies add column priorities smallint[];       -- null: 1 and 2
alter table policies add column quiet jsonb;                 -- {from: 'HH:MM', to: 'HH:MM'}, local time of TZ
create table contact_rules (
  kind text primary key,
  rule jsonb not null,                     -- {tell: 'at_once' | 'after_step' | 'never', step?}
  version int not null,
  changed_by text not null,
  changed_at timestamptz not null
);

-- The policies, the newest first, and the rules about families behind them.
create function policies_in_force() returns jsonb
language plpgsql stable as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'kinds', p.kinds, 'steps', p.steps,
                      'priorities', p.priorities, 'quiet', p.quiet) order by p.created_at desc, p.id desc), '[]')
    from policies p where p.retired_at is null
  ) || coalesce(
    (select jsonb_build_array(jsonb_build_object('contactRules', jsonb_object_agg(r.kind, r.rule)))
     from contact_rules r having count(*) > 0), '[]');
end $$;

-- As in 0002 and 0030, with the policies from there.
create or replace function alerts_lock(keys text[])
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
        policies_in_force()
      end
    from unnest(keys) with ordinality k (key, no)
    left join alerts a on a.dedup_key = k.key and a.state <> 'resolved'
    order by k.no;
end $$;

create or replace function alert_lock(alert_id text, wait boolean)
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
      policies_in_force()
    from alerts a where a.id = alert_lock.alert_id;
end $$;

create or replace function cases_read(ids text[], hold boolean)
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
  current_policies := policies_in_force();
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

do $$
declare
  name text;
begin
  foreach name in array array['alerts_lock(text[])', 'alert_lock(text, boolean)', 'cases_read(text[], boolean)'] loop
    execute format('alter function %s set plan_cache_mode = force_generic_plan', name);
    execute format('alter function %s set enable_seqscan = off', name);
    execute format('alter function %s set enable_hashjoin = off', name);
    execute format('alter function %s set enable_mergejoin = off', name);
  end loop;
end $$;
