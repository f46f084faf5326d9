/**
 * How the embedded server runs. Durability is on: an acknowledgement to a device rests on it (I1). The log tells of the
 * server, not of statements: those that fail are logged by whoever sent them, and rows are about people.
 */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  cluster_name: 'yinling', // seen in ps
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  random_page_cost: '1.1',
  jit: 'off',
  // The small /dev/shm of a container fails parallel queries, and two cores win little by them.
  max_parallel_workers_per_gather: '0',
  // A session whose client is gone must not wait on with its locks.
  client_connection_check_interval: '2s',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** Text of a PostgreSQL configuration file. */
export const configurationFile = (settings: Readonly<Record<string, string>>): string =>
  `# Written at every start of the server. Your own settings: ALTER SYSTEM.\n${Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('')}`;
