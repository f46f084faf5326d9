-- Erasure of one person. What is about them goes; their id, a pseudonym, stays where something hangs from it. The audit
-- log, the time bank and their chains cover pseudonyms only and are not touched.
alter table residents add column erased_at timestamptz;
alter table caregivers add column erased_at timestamptz;
alter table homes add column erased_at timestamptz;
alter table alerts add column erased_at timestamptz;

-- Alert events stay append-only. Of an alert that has been erased, words and measurements may be taken out; that it
-- happened, when, and what was done stays.
create function refuse_unless_erased() returns trigger language plpgsql as $$
begin
  if (new.alert_id, new.version, new.at, new.type) is distinct from (old.alert_id, old.version, old.at, old.type)
     or not exists (select from alerts a where a.id = old.alert_id and a.erased_at is not null) then
    raise exception 'alert_events is append-only' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
drop trigger alert_events_append_only on alert_events;
create trigger alert_events_append_only before truncate on alert_events
  for each statement execute function refuse_change();
create trigger alert_events_unchanged before update on alert_events
  for each row execute function refuse_unless_erased();
