-- What is said with a score may name people: it is sealed like the notes of a visit, and stands neither in the order's
-- document nor on the stream. `comment` is emptied by the service at its next start.
alter table ratings add column sealed_comment bytea;
create index ratings_unsealed on ratings (order_id) where comment is not null;
