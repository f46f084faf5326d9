-- The audit log, sealed: every entry is covered by a hash-chained block, each second, as the ledger is (0021). Inserting
-- an entry never touches the chain's head, so nobody waits for anybody. Nothing of the log is ever deleted.

create table audit_blocks (
  no bigint primary key,
  sealed_at timestamptz not null,
  prev_hash bytea not null,
  hash bytea not null,
  size int not null
);
create table audit_block_items (
  block_no bigint not null references audit_blocks (no),
  position int not null,
  audit_id bigint not null unique references audit (id),
  digest bytea not null,
  primary key (block_no, position)
);
-- What the sealer takes next; emptied by it, no part of the record.
create table audit_waiting (audit_id bigint primary key);

create function audit_await_sealing() returns trigger language plpgsql as $$
begin
  insert into audit_waiting (audit_id) values (new.id);
  return null;
end $$;
create trigger audit_wait after insert on audit for each row execute function audit_await_sealing();
-- What was written before there was a chain is in its first blocks.
insert into audit_waiting (audit_id) select id from audit;

create trigger audit_blocks_append_only before update or delete or truncate on audit_blocks
  for each statement execute function refuse_change();
create trigger audit_block_items_append_only before update or delete or truncate on audit_block_items
  for each statement execute function refuse_change();
