-- A message that bears its `id` and its `ts` as they lie in columns is stored without them. flags, besides what 0010 says:
-- -1: without ts, -2: without ts and id, both only of the verdict 0 (ok) and no will (ingest/store/stored-body.ts).

-- The message as it came.
create function reading_body(body jsonb, message_id text, occurred_at timestamptz, flags smallint) returns jsonb
language sql stable parallel safe as $$
  select case
    when flags >= 0 then body
    when flags = -1 then body || jsonb_build_object('ts', (extract(epoch from occurred_at) * 1000)::bigint)
    else body || jsonb_build_object('ts', (extract(epoch from occurred_at) * 1000)::bigint, 'id', message_id)
  end
$$;
