import { expect, test } from 'vitest';
import { conflictingConstraint, databaseErrorKind, isDataError, isRetryable } from './database-errors.ts';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });

test.each([
  '08006',
  '08P01',
  '53100',
  '53300',
  '57P01',
  '57P03',
  '40001',
  '40P01',
  '55P03',
  '57014',
  'ECONNREFUSED',
  'ECONNRESET',
])('%s may succeed later', (code) => {
  expect([isRetryable(withCode(code)), isDataError(withCode(code))]).toEqual([true, false]);
});

test.each(['22P05', '22P02', '22003', '22021', '23514', '23502', '23503', '54001', '54000'])(
  '%s is the fault of the row',
  (code) => {
    expect([isRetryable(withCode(code)), isDataError(withCode(code))]).toEqual([false, true]);
  },
);

test.each(['42601', '42P01', '28P01', '3D000', 'XX000', 'ERR_ASSERTION'])('%s is a fault', (code) => {
  expect(databaseErrorKind(withCode(code))).toBe('fault');
});

test('a row whose partition changes while it is written may be written again', () => {
  const error = withCode('23514', { routine: 'ExecPartitionCheckEmitError' });
  expect([isRetryable(error), isDataError(error)]).toEqual([true, false]);
});

test('a unique key that was taken is a conflict and names its index', () => {
  const error = withCode('23505', { constraint: 'alerts_one_unresolved' });
  expect([databaseErrorKind(error), conflictingConstraint(error)]).toEqual([
    'conflict',
    'alerts_one_unresolved',
  ]);
  expect(conflictingConstraint(withCode('23514'))).toBeUndefined();
});

test.each([
  'Connection terminated unexpectedly',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Query read timeout',
])('pg: %s', (message) => {
  expect(isRetryable(new Error(message))).toBe(true);
});

test('the cause and the addresses tried are looked at', () => {
  expect(isRetryable(new Error('not stored', { cause: withCode('57P01') }))).toBe(true);
  expect(isRetryable(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')], ''))).toBe(
    true,
  );
});

test('what is no error, or none of the database, is a fault', () => {
  expect(['x', undefined, null, new TypeError('x is not a function')].map(databaseErrorKind)).toEqual(
    Array(4).fill('fault'),
  );
});
