-- Replay reads what one home was told, from long ago; a refold only ever reads the end of the log.
create index home_log_home on home_log (home_no, seq);
