-- What operators write for one another: questions by kind of alarm where they differ from those shipped, and what the
-- next shift must know (sealed: it names people).

create table protocols (
  kind text primary key,
  questions jsonb not null,
  version int not null,
  changed_by text not null,
  changed_at timestamptz not null
);
create table handovers (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  by text not null,
  streets text[] not null,                 -- of whoever wrote it; empty: the whole district
  note bytea not null
);
