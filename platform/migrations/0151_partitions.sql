-- Several ingest processes share the homes of one database (ADR-19). A home belongs to one of 16 partitions; a partition
-- to one worker at a time, whose epoch stands in its row. Number 16 is no home's: who has it does what is done once a
-- database.
create table ingest_partitions (
  no smallint primary key,
  epoch int,                               -- of the worker; of none that lives: it is free
  checkpoint_seq bigint not null default 0, -- every state of its homes is saved at least up to here
  alive_at timestamptz                     -- last time we know its worker was accepting, by the worker's clock
);
insert into ingest_partitions (no) select generate_series(0, 16);

create table ingest_workers (
  epoch int primary key,
  name text not null,                      -- of its process, at the end of its connections' application_name
  expires_at timestamptz not null          -- by the database's clock, the only one that all workers share
);

create function home_partition(home_id text) returns int language sql immutable parallel safe as
  $$ select get_byte(sha256(convert_to(home_id, 'UTF8')), 0) & 15 $$;

-- Bit by partition; null: all.
alter table outages add column partitions int;

-- What each worker sees of streets and models of gateways that fall silent, for the one that judges.
create table ingest_silence (
  epoch int primary key,
  seen jsonb not null
);

-- As ingest_fence(mine): holds off whoever would take one of these partitions over (bit by number) until the transaction
-- ends, and refuses one that has lost any of them.
create function ingest_fence(mine int, parts int) returns void language plpgsql volatile as $$
begin
  for part in 0..16 loop
    if (parts >> part) & 1 = 1 then
      perform pg_advisory_xact_lock_shared(7100, part);
    end if;
  end loop;
  if exists (select from ingest_partitions where (parts >> no) & 1 = 1 and epoch is distinct from mine) then
    raise exception 'another ingest has taken over from epoch %', mine using errcode = 'YLF01';
  end if;
end $$;
