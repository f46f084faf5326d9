-- Ids of devices whose clock was ahead: the only ones, besides presses, of which a repeat cannot be found by its time.
-- Few, and known in memory, so that nobody else's messages have to be looked up.
alter table message_ids add column ahead boolean not null default false;
create index message_ids_ahead on message_ids (device_no) where ahead;

-- What arrived in the last minute before a start is read to know its ids.
create index readings_received on readings using brin (received_at);
