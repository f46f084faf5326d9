-- The canary's homes: one per street, ours, never listed, whose alerts are synthetic and are swept away.
alter table homes add column synthetic boolean not null default false;

create index alerts_synthetic on alerts (resolved_at) where synthetic and state = 'resolved';

-- Alert events stay append-only; all events of a canary's alert may go together. That it is one stands in its first
-- event, which nobody can change.
create function refuse_unless_synthetic() returns trigger language plpgsql as $$
begin
  if exists (select from gone g where not exists (
       select from gone f where f.alert_id = g.alert_id and f.version = 1
         and f.body -> 0 ->> 'type' = 'opened' and f.body -> 0 ->> 'synthetic' = 'true')
     or exists (select from alert_events e where e.alert_id = g.alert_id)
     or exists (select from alerts a where a.id = g.alert_id and not a.synthetic)) then
    raise exception 'alert_events is append-only' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
drop trigger alert_events_append_only on alert_events;
create trigger alert_events_append_only before update or truncate on alert_events
  for each statement execute function refuse_change();
create trigger alert_events_kept after delete on alert_events referencing old table as gone
  for each statement execute function refuse_unless_synthetic();
