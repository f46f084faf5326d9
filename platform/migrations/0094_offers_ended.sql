-- How offers end is shown on /metrics: those of the last hour are found without reading the others.
create index offers_ended on offers (ended_at) where outcome is not null;
