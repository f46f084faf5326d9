/**
 * What an error of the database means for whoever asked, as data:
 * - `retryable`: the database could not now; the same thing may succeed later (connection lost, shutting down, full,
 *   overloaded, deadlock, lock not had in time);
 * - `data`: this row is at fault; the same thing never succeeds, its neighbours may;
 * - `conflict`: something else was there first (unique key); read again and decide again;
 * - `fault`: anything else, such as a mistake in a statement.
 */
export type DatabaseErrorKind = 'retryable' | 'data' | 'conflict' | 'fault';

const RETRYABLE_STATES = new Set([
  '25006', // read-only: the server is (still) a standby
  '25P03', // idle in transaction for too long
  '25P04', // transaction took too long
  '40001', // serialization failure
  '40003', // completion unknown
  '40P01', // deadlock
  '55006', // object in use
  '55P03', // lock not available
  '57014', // query cancelled: statement timeout
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '57P03', // cannot connect now
  '57P05', // idle session timeout
  '58000', // system error
  '58030', // I/O error
]);
/** 08 connection, 53 insufficient resources (disk full, out of memory, too many connections). */
const RETRYABLE_CLASSES = new Set(['08', '53']);

/** 22 data exception, 23 integrity constraint, 54 program limit (nested too deep, index row too long). */
const DATA_CLASSES = new Set(['22', '23', '54']);
const CONFLICT_STATES = new Set(['23505', '23P01']);

/** The row found no partition, or its partition changed underway: no fault of the row's, though the state says so. */
const PARTITION_ROUTINES = new Set<unknown>(['ExecPartitionCheckEmitError', 'ExecFindPartition']);

const RETRYABLE_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOENT', // a unix socket not yet there
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ETIMEDOUT',
]);
/** pg's own errors have no code. */
const RETRYABLE_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired|timeout exceeded when trying to connect|Query read timeout)/;

export function databaseErrorKind(error: unknown): DatabaseErrorKind {
  if (!(error instanceof Error)) return 'fault';
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') {
    if (RETRYABLE_CODES.has(code)) return 'retryable';
    if (code === '23514' && PARTITION_ROUTINES.has(Reflect.get(error, 'routine'))) return 'retryable';
    if (/^[0-9A-Z]{5}$/.test(code)) return kindOfState(code);
  }
  if (RETRYABLE_MESSAGE.test(error.message)) return 'retryable';
  // Node tries several addresses of one host
  if (error instanceof AggregateError && error.errors.length > 0) return databaseErrorKind(error.errors[0]);
  return error.cause === undefined ? 'fault' : databaseErrorKind(error.cause);
}

function kindOfState(state: string): DatabaseErrorKind {
  const stateClass = state.slice(0, 2);
  if (RETRYABLE_STATES.has(state) || RETRYABLE_CLASSES.has(stateClass)) return 'retryable';
  if (CONFLICT_STATES.has(state)) return 'conflict';
  return DATA_CLASSES.has(stateClass) ? 'data' : 'fault';
}

export const isRetryable = (error: unknown): boolean => databaseErrorKind(error) === 'retryable';
export const isDataError = (error: unknown): boolean => databaseErrorKind(error) === 'data';

/** The unique index or constraint that refused, e.g. `alerts_one_unresolved`; undefined for any other error. */
export function conflictingConstraint(error: unknown): string | undefined {
  if (databaseErrorKind(error) !== 'conflict' || !(error instanceof Error)) return undefined;
  const constraint: unknown = Reflect.get(error, 'constraint');
  return typeof constraint === 'string' ? constraint : '';
}
