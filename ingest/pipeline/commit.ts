import { MOST_IN_PASSING, type PublishedEvent } from '../../alerts/outbox.ts';
import { decideRaise, type RaiseContext, type Raising, type RaiseResult } from '../../alerts/store.ts';
import type { Signal } from '../../schemas/signal.ts';
import { databaseErrorKind } from '../../platform/database.ts';
import { occurred } from '../../platform/reading-times.ts';
import type { BatchScript } from '../store/batch-script.ts';
import type { Fence } from '../store/fence.ts';
import { FENCE_KEY, LOCK_PARTITIONS } from '../store/lease.ts';
import type { WriterSession } from '../store/writer-session.ts';
import type { Unit } from './unit.ts';

export interface Writer extends Pick<
  WriterSession,
  'run' | 'runOn' | 'query' | 'commit' | 'reset' | 'drop' | 'close' | 'backendPid'
> {
  /** Resolves once it is open. */
  client(): Promise<unknown>;
}

export type Scripts = Pick<BatchScript, 'of' | 'opening' | 'rows'>;

/** A connection with what it needs to write; one batch at a time. */
export class Lane {
  readonly session: Writer;
  readonly script: Scripts;
  busy = false;

  constructor(session: Writer, script: Scripts) {
    this.session = session;
    this.script = script;
  }
}

/** What a commit that failed is to be followed by. */
export type Failure =
  /** The connection went while COMMIT was under way: it may have happened. */
  | 'doubt'
  /** The database is away, or cannot now. */
  | 'away'
  /** Somebody was in the way: again, in a transaction of its own. */
  | 'contention'
  /** A row that is refused, or something that fails in our own statements: to be isolated. */
  | 'refused'
  /** Another ingest owns this database now. */
  | 'fenced';

export interface Committed {
  /** Of each unit with signals, in order: the alert of each signal, null if it found none to join. */
  alertIds: (string | null)[][];
  opened: number;
  joined: number;
  ignored: number;
  /** What was numbered for the stream in this very transaction; undefined if that is left to the relay. */
  events?: readonly PublishedEvent[];
}

export class CommitFailed extends Error {
  readonly failure: Failure;
  /** What the transaction would have come to, if it should turn out to have been committed. */
  readonly committed: Committed | undefined;
  constructor(failure: Failure, cause: unknown, committed?: Committed) {
    super(`commit failed: ${failure}`, { cause });
    this.failure = failure;
    this.committed = committed;
  }
}

/** More alerts than that at once are the relay's: its numbering holds up nobody, ours holds the stream until the commit. */
const MOST_TO_NUMBER = 8;

const NOTHING: Committed = { alertIds: [], opened: 0, joined: 0, ignored: 0 };

/**
 * Rows, alerts and all of these units in one transaction. Resolves once the server has said COMMIT (I1); otherwise
 * rejects with `CommitFailed`, and nothing is stored unless it says `doubt`. `numbering`: the relay is in this process,
 * and may be given what the transaction has numbered itself.
 */
export async function commitUnits(
  lane: Lane,
  fence: Fence,
  units: readonly Unit[],
  raising: RaiseContext,
  numbering: boolean,
): Promise<Committed> {
  const loud = units.filter((unit) => unit.signals.length > 0);
  const progress: Progress = { ending: loud.length === 0, committed: NOTHING };
  try {
    await lane.session.client();
    if (loud.length > 0) await commitRaising(lane, fence, units, loud, raising, numbering, progress);
    else {
      const { sql, copies } = lane.script.of(fence, units);
      await lane.session.run(sql, copies);
    }
    return progress.committed;
  } catch (error) {
    const failure = failureOf(error, progress.ending);
    await lane.session.reset();
    throw new CommitFailed(failure, error, progress.committed);
  }
}

interface Progress {
  /** COMMIT is on its way: if the connection goes now, it may have happened. */
  ending: boolean;
  committed: Committed;
}

/**
 * Two round trips in all, and the first is over before the server has stored the rows: the question for the locks goes
 * before them, and is decided upon meanwhile. What fails first makes all that was sent behind it fail, so it is the first
 * error, in the order of sending, that tells what happened.
 */
async function commitRaising(
  { session, script }: Lane,
  fence: Fence,
  units: readonly Unit[],
  loud: readonly Unit[],
  raising: RaiseContext,
  numbering: boolean,
  progress: Progress,
): Promise<void> {
  const opened = sent(session.run(script.opening(fence)));
  const deciding = sent(
    decideRaise(
      session,
      loud.flatMap((unit) => unit.signals),
      raising,
    ),
  );
  const { sql, copies } = script.rows(units);
  const stored = sql === '' ? undefined : sent(session.runOn(sql, copies));
  await opened;
  const raised = await deciding;
  progress.committed = committedOf(loud, raised.result);
  progress.ending = true;
  const ended = sent(writeAndCommit(session, raised, numbering, progress));
  await stored;
  await ended;
}

async function writeAndCommit(
  session: Writer,
  raised: Raising,
  numbering: boolean,
  progress: Progress,
): Promise<void> {
  let commit: Promise<void> | undefined;
  const atLast = (): void => void (commit = sent(session.commit()));
  if (numbering && raised.result.alerts.length <= MOST_TO_NUMBER) {
    const events = await raised.publish(MOST_IN_PASSING, atLast);
    progress.committed = { ...progress.committed, events };
  } else await raised.write(atLast);
  await (commit ?? session.commit());
}

/** On its way; whoever awaits it hears of its failure, and nobody must. */
function sent<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  return answer;
}

function committedOf(loud: readonly Unit[], result: RaiseResult): Committed {
  let at = 0;
  const alertIds = loud.map(({ signals }: { signals: readonly Signal[] }) =>
    signals.map(() => result.signals[at++]?.alertId ?? null),
  );
  return { alertIds, opened: result.opened, joined: result.joined, ignored: result.ignored };
}

const CONTENTION = new Set(['55P03', '40P01', '40001', 'ALERT_WRITE_CONFLICT']);

function failureOf(error: unknown, ending: boolean): Failure {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (code === 'YLF01') return 'fenced';
  if (typeof code === 'string' && CONTENTION.has(code)) return 'contention';
  switch (databaseErrorKind(error)) {
    case 'conflict':
      return 'contention';
    case 'data':
    case 'fault':
      return 'refused';
    case 'retryable': {
      // An ERROR of the server's has rolled back; a FATAL, or silence, may have come after the commit.
      const severity: unknown = error instanceof Error ? Reflect.get(error, 'severity') : undefined;
      return ending && severity !== 'ERROR' ? 'doubt' : 'away';
    }
  }
}

/**
 * Whether the transaction of these units was committed after all. Once we hold the fence alone no writer of ours is at
 * work any more, so what is not there will never be. Throws while it cannot be told.
 */
export async function wasCommitted(lane: Lane, fence: Fence, units: readonly Unit[]): Promise<boolean> {
  const { session } = lane;
  const former = session.backendPid;
  session.drop();
  try {
    await session.run('begin');
    if (former > 0 && former !== session.backendPid)
      await session.query({
        text: `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and application_name like 'yinling ingest%'`,
        values: [former],
      });
    await session.query(
      fence.partitions === undefined
        ? { text: 'select pg_advisory_xact_lock($1)', values: [FENCE_KEY] }
        : { text: LOCK_PARTITIONS, values: [fence.partitions] },
    );
    const { rows } = await session.query(traceOf(units));
    await session.commit();
    return rows.length > 0;
  } catch (error) {
    session.drop();
    throw error;
  }
}

/** A row that is there if and only if the transaction was committed. */
function traceOf(units: readonly Unit[]): { text: string; values: unknown[] } {
  const reading = units.find((unit) => unit.readings.length > 0)?.readings[0];
  if (reading)
    return {
      text: `select 1 from readings r where home_no = $1 and ${occurred('=', '$2')} and received_at = $3 and seq = $4`,
      values: [reading.homeNo, new Date(reading.occurredAt), new Date(reading.receivedAt), reading.seq],
    };
  const log = units.find((unit) => unit.log.length > 0)?.log[0];
  if (log) return { text: 'select 1 from home_log where seq = $1', values: [log.seq] };
  const input = units.find((unit) => unit.inputs.length > 0)?.inputs[0];
  if (input) return { text: 'select 1 from home_inputs where id = $1 and seq = $2', values: [...input] };
  const letter = units.find((unit) => unit.deadLetters.length > 0)?.deadLetters[0];
  return {
    text: 'select 1 from dead_letters where received_at = $1 and sha256 = $2',
    values: [new Date(letter?.receivedAt ?? 0), letter?.sha256 ?? null],
  };
}
