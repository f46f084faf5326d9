-- The time bank: double entry in whole minutes, append-only, every transaction covered by a hash-chained block (I12).
-- Accounts are ids of caregivers, and the bank's own, which hold a colon and so can be nobody's id.

create table ledger_transactions (
  id text primary key,
  kind text not null,                      -- deposit | redeem
  at timestamptz not null,
  ref text,                                -- of a deposit: the order whose visit it pays
  by_whom text not null,                   -- username, or `system`
  note_digest bytea                        -- binds the note; the note itself can be erased without breaking the chain
);
create unique index ledger_once_per_ref on ledger_transactions (kind, ref) where ref is not null;
create index ledger_transactions_at on ledger_transactions (at desc, id desc);

create table ledger_entries (
  transaction_id text not null references ledger_transactions (id),
  line smallint not null,
  account_id text not null,
  minutes int not null check (minutes <> 0),
  primary key (transaction_id, line)
);
create index ledger_entries_account on ledger_entries (account_id, transaction_id);

-- What is personal about a transaction (for whom, relation), sealed; erasable, so outside the append-only record.
create table ledger_notes (
  transaction_id text primary key references ledger_transactions (id),
  personal bytea not null
);

create table ledger_blocks (
  no bigint primary key,
  sealed_at timestamptz not null,
  prev_hash bytea not null,
  hash bytea not null,
  size int not null
);
create table ledger_block_items (
  block_no bigint not null references ledger_blocks (no),
  position int not null,
  transaction_id text not null unique references ledger_transactions (id),
  digest bytea not null,
  primary key (block_no, position)
);
-- What the sealer takes next; emptied by it, no part of the record.
create table ledger_waiting (transaction_id text primary key);

create function ledger_await_sealing() returns trigger language plpgsql as $$
begin
  insert into ledger_waiting (transaction_id) values (new.id);
  return null;
end $$;
create trigger ledger_transactions_wait after insert on ledger_transactions
  for each row execute function ledger_await_sealing();

create function ledger_balanced() returns trigger language plpgsql as $$
begin
  if (select sum(minutes) from ledger_entries where transaction_id = new.transaction_id) <> 0 then
    raise exception 'transaction % does not sum to zero', new.transaction_id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_entries_balanced after insert on ledger_entries
  deferrable initially deferred for each row execute function ledger_balanced();

create trigger ledger_transactions_append_only before update or delete or truncate on ledger_transactions
  for each statement execute function refuse_change();
create trigger ledger_entries_append_only before update or delete or truncate on ledger_entries
  for each statement execute function refuse_change();
create trigger ledger_blocks_append_only before update or delete or truncate on ledger_blocks
  for each statement execute function refuse_change();
create trigger ledger_block_items_append_only before update or delete or truncate on ledger_block_items
  for each statement execute function refuse_change();
