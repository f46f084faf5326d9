-- The time bank's chain as it stood at the end of each local day: published by itself, held against every check.
create table ledger_anchors (
  date date primary key,                   -- local
  no int not null,
  hash bytea not null,
  sealed_at timestamptz not null,
  transactions int not null,               -- in all blocks up to it
  made_at timestamptz not null
);
create trigger ledger_anchors_append_only before update or delete or truncate on ledger_anchors
  for each statement execute function refuse_change();
