-- The secret before the present one, and until when it still lets its device or bridge in: a secret is rotated without
-- a moment in which neither the old nor the new one is installed everywhere.
alter table devices
  add column previous_secret_hash bytea,
  add column previous_secret_until timestamptz,
  add check ((previous_secret_hash is null) = (previous_secret_until is null));
alter table bridges
  add column previous_secret_hash bytea,
  add column previous_secret_until timestamptz,
  add check ((previous_secret_hash is null) = (previous_secret_until is null));
