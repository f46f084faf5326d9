-- What people wrote on alarms and orders before such words were sealed (0110), and titles of regular visits, are sealed
-- by the service at its next start, a few rows at a time. How far it has come:
create table word_sealing (
  source text primary key,
  up_to text[] not null default '{}',
  done_at timestamptz
);

-- Whether nothing but words has changed between two documents, and each of them from clear to sealed.
create function only_words_sealed(before jsonb, after jsonb) returns boolean language plpgsql immutable as $$
declare
  name text;
  i int;
begin
  if before = after then
    return true;
  end if;
  if jsonb_typeof(before) <> jsonb_typeof(after) then
    return false;
  end if;
  if jsonb_typeof(before) = 'array' then
    if jsonb_array_length(before) <> jsonb_array_length(after) then
      return false;
    end if;
    for i in 0 .. jsonb_array_length(before) - 1 loop
      if not only_words_sealed(before -> i, after -> i) then
        return false;
      end if;
    end loop;
    return true;
  end if;
  if jsonb_typeof(before) <> 'object'
     or (select array_agg(k order by k) from jsonb_object_keys(before) k)
        is distinct from (select array_agg(k order by k) from jsonb_object_keys(after) k) then
    return false;
  end if;
  for name in select jsonb_object_keys(before) loop
    if before -> name = after -> name then
      continue;
    end if;
    if name in ('note', 'text') and jsonb_typeof(before -> name) = 'string' and jsonb_typeof(after -> name) = 'string' then
      if before ->> name ~ 'sealed:\d{1,9}:' or after ->> name !~ '^sealed:\d{1,9}:[A-Za-z0-9_-]{38,}:$' then
        return false;
      end if;
    elsif not only_words_sealed(before -> name, after -> name) then
      return false;
    end if;
  end loop;
  return true;
end $$;

-- Alert events stay append-only: of an erased alert words may be taken out, of any alert words may be sealed.
create or replace function refuse_unless_erased() returns trigger language plpgsql as $$
begin
  if (new.alert_id, new.version, new.at, new.type) is distinct from (old.alert_id, old.version, old.at, old.type)
     or not (exists (select from alerts a where a.id = old.alert_id and a.erased_at is not null)
             or (old.body <> new.body and only_words_sealed(old.body, new.body))) then
    raise exception 'alert_events is append-only' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
