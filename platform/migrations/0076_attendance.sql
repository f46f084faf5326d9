-- Who sits at a desk: users with an open event stream, and when each last did something. With nobody there, or nobody
-- acting, an escalation does not wait for an answer. `unanswered`: from when the last call went unanswered in a street.
create table attendance (
  username text primary key,
  streets text[] not null,                 -- empty: the whole district
  watching_until timestamptz not null,     -- moved on with every beat of the stream
  acted_at timestamptz not null
);
create table unanswered_calls (street text primary key, since timestamptz not null);
