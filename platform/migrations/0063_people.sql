-- People: a second factor for those who want one, sessions that can be seen and ended, failures counted per user and
-- per address as well, and whom an identity provider means.

-- A second factor (RFC 6238). The secret is sealed; recovery codes are hashes, each taken away with its use.
create table user_totp (
  username text primary key references users (username),
  secret bytea not null,
  confirmed_at timestamptz,                -- null: enrolment begun, asks for nothing yet
  last_step bigint not null default 0,     -- a code is good once
  recovery bytea[] not null default '{}',
  created_at timestamptz not null
);

alter table sessions add column address text not null default '';
alter table sessions add column means text not null default 'password';  -- password | totp | recovery | oidc

-- A login on its way through the identity provider: used once, ends soon.
create table oidc_logins (
  state_hash bytea primary key,
  verifier text not null,
  nonce text not null,
  address text not null,
  expires_at timestamptz not null
);

-- Failures are counted per username and address, as before; per username from anywhere (address '*') and per address
-- whatever the username (subject: of the empty name) within a window that began here.
alter table login_failures add column since_at timestamptz;
