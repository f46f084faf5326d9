-- Vendors' languages as data. `id` is what a gateway's `codec` names, and the base of its topics.
create table codecs (
  id text primary key,
  title text not null default '',
  mapping jsonb not null,                  -- schemas/codec-mapping.ts
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);
