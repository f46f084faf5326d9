import type { IngestLinks, LeaseHold } from '../../ingest/links.ts';
import { Lane, type Writer } from '../../ingest/pipeline/commit.ts';
import type { Rows } from '../../ingest/store/batch-script.ts';
import type { Fence } from '../../ingest/store/fence.ts';
import { storedBody } from '../../ingest/store/stored-body.ts';
import type { WakeUps } from '../../dispatcher/wake-ups/wake-ups.ts';
import type { Pool } from '../../platform/database.ts';
import type { Random } from '../../devices-sim/random.ts';
import type { Life } from './life.ts';
import type { Transaction } from './memory-transaction.ts';
import { type Asked, Session, type Wiring } from './session.ts';
import { fence } from './statements-of-ingest.ts';
import type { Answer } from './statements.ts';

const POOL_LOCK_TIMEOUT_MS = 5_000;
/** As `IngestLimits`. */
const LANE_LOCK_TIMEOUT_MS = 300;

/** As pg's pool, for what the service asks of it. */
export function poolOf(life: Life, wiring: Wiring): Pool {
  const idle: Session[] = [];
  const take = (): Session => {
    let session = idle.pop();
    while (session?.dead === true) session = idle.pop();
    return session ?? new Session(life, wiring, POOL_LOCK_TIMEOUT_MS);
  };
  const give = (session: Session, broken: unknown): void => {
    if (broken !== undefined && broken !== false) session.kill();
    else if (!session.dead) idle.push(session);
  };
  const pool = {
    connect: () => {
      const session = take();
      return Promise.resolve({
        query: (asked: string | Asked, values?: unknown[]) => session.query(asked, values),
        release: (broken?: unknown) => give(session, broken),
      });
    },
    async query(asked: string | Asked, values?: unknown[]): Promise<Answer> {
      const session = take();
      try {
        return await session.query(asked, values);
      } finally {
        give(session, false);
      }
    },
  };
  return pool as unknown as Pool;
}

/** The rows that the script to come is about: what would be COPY data. */
interface Script {
  /** Absent: within a transaction that has it. */
  readonly fence: Fence | undefined;
  readonly batches: readonly Rows[];
  readonly commits: boolean;
}

const idKey = (deviceNo: number, id: number, content: number): string => `${deviceNo} ${id} ${content}`;

function store(tx: Transaction, { fence: by, batches }: Script): unknown[] {
  const { db } = tx;
  if (by !== undefined) {
    tx.lock('ingest fence', true);
    fence(db, by.epoch);
  }
  for (const { readings, messageIds, deadLetters, log, inputs } of batches) {
    for (const row of readings) tx.put(db.readings, row.seq, { ...row, ...storedBody(row) });
    if (!db.defects.has('message_ids_not_stored'))
      for (const row of messageIds)
        tx.put(db.messageIds, idKey(row.deviceNo, row.idKey, row.contentKey), row);
    for (const row of deadLetters) tx.put(db.deadLetters, db.next('dead_letters'), row);
    for (const row of log) tx.put(db.homeLog, row.seq, row);
    for (const [id, seq] of inputs) {
      const input = tx.get(db.inputs, id);
      if (input !== undefined) tx.put(db.inputs, id, { ...input, seq });
    }
  }
  return [];
}

function laneOf(life: Life, wiring: Wiring): Lane {
  const scripts = new Map<string, Script>();
  let session: Session | undefined;
  let made = 0;
  const open = (): Session => {
    if (session === undefined || session.dead) session = new Session(life, wiring, LANE_LOCK_TIMEOUT_MS);
    return session;
  };
  /** The one in which the transaction at work was begun. */
  let begun: Session | undefined;
  const writer: Writer = {
    backendPid: 0,
    client: () => Promise.resolve(open()),
    async run(sql) {
      const script = scripts.get(sql);
      scripts.delete(sql);
      const at = (begun = open());
      if (script === undefined) await at.query(sql);
      else
        await at.script(script.commits ? 'script and commit' : 'script', script.commits, () =>
          at.carryOut((tx) => store(tx, script), true, script.commits),
        );
      if (!at.inTransaction) begun = undefined;
    },
    async runOn(sql) {
      const script = scripts.get(sql);
      scripts.delete(sql);
      const at = begun;
      if (script === undefined || at === undefined || at.dead)
        throw new Error('Connection terminated in a transaction');
      await at.script('script', false, () => at.carryOut((tx) => store(tx, script)));
    },
    async query(asked) {
      const at = begun ?? open();
      if (begun !== undefined && begun.dead) throw new Error('Connection terminated in a transaction');
      const answer = await at.query(asked);
      return { rows: answer.rows, command: answer.command ?? '' };
    },
    async commit() {
      const { command } = await writer.query({ text: 'commit' });
      begun = undefined;
      if (command !== 'COMMIT') throw new Error('transaction had failed and was rolled back');
    },
    async reset() {
      const at = begun;
      begun = undefined;
      if (at !== undefined && !at.dead) await at.query('rollback');
    },
    drop() {
      session?.kill();
      session = begun = undefined;
    },
    close: () => Promise.resolve(),
  };
  const scripted = (script: Script): string => {
    const sql = `script ${(made += 1)}`;
    scripts.set(sql, script);
    return sql;
  };
  return new Lane(writer, {
    of: (by, batches) => ({ sql: scripted({ fence: by, batches, commits: true }), copies: [] }),
    opening: (by) => scripted({ fence: by, batches: [], commits: false }),
    rows: (batches) => ({ sql: scripted({ fence: undefined, batches, commits: false }), copies: [] }),
  });
}

/** The lease is had at once: in this world there is one ingest, and it is dead before the next one begins. */
function leaseOf(life: Life, wiring: Wiring): LeaseHold {
  const { db } = wiring;
  const session = new Session(life, wiring, POOL_LOCK_TIMEOUT_MS);
  return {
    held: true,
    acquire: () => Promise.resolve(),
    async begin(now) {
      let before = db.epoch;
      await session.script('a new epoch', false, () => {
        before = db.epoch;
        db.epoch = { epoch: before.epoch + 1, aliveAt: now, checkpointSeq: before.checkpointSeq };
        return { rows: [], rowCount: 0 };
      });
      return { epoch: db.epoch.epoch, aliveAt: before.aliveAt, checkpointSeq: before.checkpointSeq };
    },
    release: () => Promise.resolve(),
  };
}

export const linksOf = (
  life: Life,
  wiring: Wiring,
  listeners: Map<string, (payload: string) => void>,
): IngestLinks => ({
  lane: () => laneOf(life, wiring),
  lease: () => leaseOf(life, wiring),
  membership() {
    throw new Error('in this world one ingest has the database for itself');
  },
  listen({ channels, onNotify }) {
    for (const channel of channels) listeners.set(channel, (payload) => onNotify(channel, payload));
    return Promise.resolve({ close: () => Promise.resolve() });
  },
});

/** An alarm clock that one cannot rely on: one in ten wake-ups is lost, some come late, some twice. */
export function wakeUpsOf(life: Life, random: Random): WakeUps {
  let handler: ((key: string) => Promise<void>) | undefined;
  const ring = (key: string, atMs: number): void =>
    void life.setTimer(Math.max(0, atMs - life.now()), () => void handler?.(key).catch(() => undefined));
  return {
    at(key, atMs) {
      const luck = random.next();
      if (luck > 0.1) ring(key, luck < 0.2 ? atMs + random.exponential(5_000) : atMs);
      if (luck > 0.95) ring(key, atMs + random.between(0, 50));
      return Promise.resolve();
    },
    start(call) {
      handler = call;
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  };
}
