import { expect, it } from 'vitest';
import { plainHome, press, T0 } from '../../alerts/testing/signals.ts';
import { CommitFailed, commitUnits, Lane, type Writer } from './commit.ts';
import type { Unit } from './unit.ts';

const unit = { signals: [press()], readings: [], messageIds: [], deadLetters: [], log: [], inputs: [] };
const units = [unit] as unknown as Unit[];
const fence = { epoch: 1, partitions: undefined };
const raising = { now: () => T0, newId: () => 'a1', homeOf: () => plainHome };

const ANSWERS: Readonly<Record<string, unknown[]>> = {
  alerts_lock: [{ dedup_key: press().dedupKey, doc: null, work: null, previous_id: null, policies: [] }],
  alerts_publish: [{ no: 7, type: 'alert', ref: 'a1', street: null, data: '{}' }],
};
const ABORTED = Object.assign(new Error('transaction is aborted'), { code: '25P02', severity: 'ERROR' });

/** A server that answers in order; from what it refuses on, it refuses everything. `hold`: not answered until told. */
function server(refuses: Readonly<Record<string, Error>> = {}, hold?: string) {
  const sent: string[] = [];
  let failed: Error | undefined;
  let before: Promise<unknown> = Promise.resolve();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const answer = <T>(what: string, value: T): Promise<T> => {
    sent.push(what);
    const mine = before.then(async () => {
      if (what === hold) await held;
      const error = refuses[what];
      if (failed) throw ABORTED;
      if (error) throw (failed = error);
      return value;
    });
    before = mine.catch(() => undefined);
    return mine;
  };
  const session: Writer = {
    backendPid: 1,
    client: () => Promise.resolve(),
    run: (sql) => answer(sql, undefined),
    runOn: (sql) => answer(sql, undefined),
    query: ({ name = '' }) => answer(name, { rows: ANSWERS[name] ?? [], command: '' }),
    commit: () => answer('commit', undefined),
    reset: () => before.then(() => undefined),
    drop: () => undefined,
    close: () => Promise.resolve(),
  };
  const lane = new Lane(session, {
    of: () => ({ sql: 'whole', copies: [] }),
    opening: () => 'opening',
    rows: () => ({ sql: 'rows', copies: [] }),
  });
  return { sent, release, commit: () => commitUnits(lane, fence, units, raising, true) };
}

const refused = (code: string): Error => Object.assign(new Error(code), { code, severity: 'ERROR' });
const failureOf = (commit: Promise<unknown>): Promise<unknown> =>
  commit.then(
    () => 'none',
    (error: unknown) => (error instanceof CommitFailed ? [error.failure, error.cause] : error),
  );

it('asks for the locks before the rows, and has sent the commit before the rows are stored', async () => {
  const { sent, release, commit } = server({}, 'rows');
  const committed = commit();
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual(['opening', 'alerts_lock', 'rows', 'alerts_publish', 'commit']);
  release();
  expect(await committed).toMatchObject({ opened: 1, alertIds: [['a1']], events: [{ no: 7 }] });
});

it.each([
  ['opening', 'YLF01', 'fenced'],
  ['alerts_lock', '55P03', 'contention'],
  ['rows', '22P02', 'refused'],
  ['rows', '23505', 'contention'],
  ['alerts_publish', 'YLA01', 'contention'],
])(
  'a failure of %s by %s is told as %s, not as that of what was sent behind it',
  async (what, code, failure) => {
    const error = refused(code);
    const [told, cause] = (await failureOf(server({ [what]: error }).commit())) as [unknown, Error];
    expect(told).toBe(failure);
    expect(cause === error || cause.cause === error).toBe(true);
  },
);

it('what was numbered is known even if the answer to the commit is lost', async () => {
  const { commit } = server({ commit: new Error('Connection terminated unexpectedly') });
  await expect(commit()).rejects.toMatchObject({
    failure: 'doubt',
    committed: { opened: 1, events: [{ no: 7 }] },
  });
});
