-- Streets from which nothing came, as a whole. In force in [begins_at, ends_at), which a refold must know (I4); from_at:
-- when the first of its homes was last heard.
create table street_outages (
  id bigint generated always as identity primary key,
  street text not null,
  from_at timestamptz not null,
  begins_at timestamptz not null,
  ends_at timestamptz,
  homes int not null                       -- the most that were silent at once
);
create unique index street_outages_one on street_outages (street) where ends_at is null;
create index street_outages_ended on street_outages (ends_at);
