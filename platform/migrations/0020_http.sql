-- What the HTTP side adds: login limits, look-ups, and registry facts that rules need without opening sealed fields.

-- Failed logins by SHA-256 of what stood as username, and address; swept with use. One that nobody has counts alike.
create table login_failures (
  subject bytea not null,
  address text not null,
  failures int not null,
  last_at timestamptz not null,
  blocked_until timestamptz not null,
  primary key (subject, address)
);

create index sessions_username on sessions (username);
create index sessions_expiry on sessions (expires_at);
create unique index bridges_secret on bridges (secret_hash);

-- How many contacts a resident has (who they are is sealed): a policy that asks contacts needs somebody to ask.
alter table residents add column contact_count smallint not null default 0;

create index shifts_listed on shifts (id) where retired_at is null;
create index audit_object on audit (object, id desc);
create index audit_who on audit (who, id desc);
create index dead_letters_home on dead_letters (home_id, id desc);
create index offers_caregiver on offers (caregiver_id, order_id);
