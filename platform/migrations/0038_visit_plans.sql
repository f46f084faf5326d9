-- Regular visits and calls (巡查访视): from a plan, bookings are made some days ahead, each once.
create table visit_plans (
  id text primary key,
  home_id text not null references homes (id),
  resident_id text references residents (id),
  title text not null default '',
  service text not null,
  means text not null default 'visit',
  role text,
  caregiver_id text references caregivers (id),
  days smallint[] not null,                -- 1 to 7, Monday first
  at_time text not null,                   -- HH:MM, local
  every_weeks smallint not null default 1,
  duration_min int,
  since_date date not null,
  until_date date,
  except_dates text[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz
);
create index visit_plans_home on visit_plans (home_id);
create table visit_plan_bookings (
  plan_id text not null references visit_plans (id),
  date date not null,
  order_id text not null,
  primary key (plan_id, date)
);
