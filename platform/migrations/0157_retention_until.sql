-- Up to when a kind of data has been removed: the next run begins there instead of looking through everything again.
alter table retention_runs add column until_at timestamptz;
