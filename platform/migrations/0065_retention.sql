-- What retention has done, by kind of data: for people to see that it works.
create table retention_runs (
  kind text primary key,
  ran_at timestamptz not null,
  removed bigint not null,                 -- at that run
  removed_in_all bigint not null
);
