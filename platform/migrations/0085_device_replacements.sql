-- Which device took whose place, when, why, and on which visit. The old one is retired in the same transaction.
create table device_replacements (
  old_id text primary key references devices (id),
  new_id text not null unique references devices (id),
  home_id text not null references homes (id),
  at timestamptz not null,
  by_whom text not null,
  reason text not null,
  order_id text references orders (id)
);
create index device_replacements_home on device_replacements (home_id, at desc);
