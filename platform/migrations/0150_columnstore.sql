-- Readings older than a week are compressed where TimescaleDB is, by home and in the order in which they came: what is
-- asked of old readings is one home's. Its Apache edition has no compression: there they stay as they are.
do $$
begin
  if exists (select from pg_extension where extname = 'timescaledb') then
    begin
      alter table readings set (timescaledb.compress, timescaledb.compress_segmentby = 'home_no',
        timescaledb.compress_orderby = 'device_no, channel, received_at, seq');
      perform add_compression_policy('readings', interval '7 days', if_not_exists => true);
    exception when feature_not_supported or undefined_function or undefined_object then
      raise warning 'readings are not compressed: %', sqlerrm;
    end;
  end if;
end $$;
