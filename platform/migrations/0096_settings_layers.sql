-- Settings of a street and of a home, between the standard ones and the resident's. `version` counts all changes of all
-- streets, so that the number an alert records never goes back, even where a home moves to another street.
create table street_settings (
  street text primary key,
  settings jsonb not null,
  version int not null unique,
  changed_by text not null,
  changed_at timestamptz not null
);
alter table homes add column settings jsonb not null default '{}';
-- What gateways of one model have in common is found when they fall silent together.
alter table devices add column model text;
