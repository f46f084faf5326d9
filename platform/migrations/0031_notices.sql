-- Notices: what is told to people outside the pages, by channel. Written with the escalation that calls for it (I6) and
-- sent afterwards; whom they reach (names, telephone numbers) is read when they are sent and is not stored here.
create table notices (
  id text primary key,
  alert_id text not null references alerts (id),
  opening int not null,                    -- of the alert: a notice of a former call is not sent any more (I8)
  by_hand boolean not null,                -- a person asked for it: sent also after an acknowledgement
  step text not null,
  target text not null,                    -- contacts | supervisor | 120
  channel text not null,
  attempt int not null,
  state text not null default 'waiting',   -- waiting | delivered | dead | obsolete, the last three for good but dead
  tries int not null default 0,
  next_at timestamptz,
  error text,
  created_at timestamptz not null,
  ended_at timestamptz,
  check ((state = 'waiting') = (next_at is not null)),
  unique (alert_id, step, channel, attempt)
);
create index notices_waiting on notices (next_at) where state = 'waiting';
create index notices_dead on notices (created_at desc) where state = 'dead';
