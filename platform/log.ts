import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { BLANK, REDACTED_FIELDS, redactFields } from './redact.ts';

export type Log = Logger;

export interface LogOptions {
  /** A level of pino, or `silent`. */
  readonly level: string;
  /** Default: standard output. */
  readonly stream?: DestinationStream;
}

/**
 * The root of a process's log: one JSON object a line, constant `msg`, facts as fields, times in ISO 8601. Personal data
 * and secrets are blanked: in the facts at any of the first levels, in what children are bound to at the first.
 */
export function createLog({ level, stream }: LogOptions): Log {
  const blank = (fields: Record<string, unknown>) => redactFields({ ...fields });
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: blank },
    redact: { paths: [...REDACTED_FIELDS], censor: BLANK },
    serializers: { err: describeError, error: describeError },
  };
  return stream ? pino(options, stream) : pino(options);
}

export const silentLog = (): Log => pino({ level: 'silent' });

/**
 * What is worth knowing of an error. PostgreSQL's `detail` and `where` are left out, for they quote rows, and rows are
 * about people.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message, stack, cause } = error;
  const facts: Record<string, unknown> = { type: error.constructor.name, message };
  for (const key of [
    'code',
    'severity',
    'schema',
    'table',
    'column',
    'constraint',
    'routine',
    'syscall',
    'port',
  ]) {
    const value: unknown = Reflect.get(error, key);
    if (value !== undefined) facts[key] = value;
  }
  if (stack !== undefined) facts['stack'] = stack;
  if (cause !== undefined) facts['cause'] = describeError(cause);
  if (error instanceof AggregateError) facts['errors'] = error.errors.map(describeError);
  return facts;
}
