-- When operators and supervisors are on duty, as shifts are for caregivers; the roster shows both.
create table duties (
  id text primary key,
  username text not null references users (username),
  from_at timestamptz,
  to_at timestamptz,
  weekly jsonb,                            -- as in shifts
  off boolean not null default false,      -- leave: takes away from the others
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz,
  check ((weekly is null) <> (from_at is null or to_at is null))
);
create index duties_username on duties (username);
create index duties_listed on duties (id) where retired_at is null;
