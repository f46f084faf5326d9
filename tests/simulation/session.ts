import type { MemoryDatabase } from './memory-database.ts';
import { Blocked, DatabaseError, type Transaction } from './memory-transaction.ts';
import type { Life } from './life.ts';
import type { Mishaps } from './mishaps.ts';
import { type Answer, statementOf } from './statements.ts';
import { tailRows } from './statements-of-ingest.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Asked {
  name?: string;
  text: string;
  values?: unknown[];
}

/** What every connection of the world needs. */
export interface Wiring {
  readonly time: VirtualTime;
  readonly db: MemoryDatabase;
  readonly mishaps: Mishaps;
  /** After a commit: `NOTIFY`. */
  notify(channel: string, payload: string): void;
}

interface Pending {
  readonly label: string;
  readonly run: () => Answer;
  /** It ends a transaction: if the connection goes now, it may have happened. */
  readonly commits: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const EMPTY: Answer = { rows: [], rowCount: 0 };
const gone = (): Error => new Error('Connection terminated unexpectedly');

/**
 * One connection to the database. Statements reach it one after another, each after a while, and each answer takes a
 * while to come back: whatever can die, dies in between.
 */
export class Session {
  readonly #life: Life;
  readonly #wiring: Wiring;
  readonly #lockTimeoutMs: number;
  readonly #queue: Pending[] = [];
  #busy = false;
  #dead = false;
  #transaction: Transaction | undefined;
  #tail: unknown[] = [];

  constructor(life: Life, wiring: Wiring, lockTimeoutMs: number) {
    this.#life = life;
    this.#wiring = wiring;
    this.#lockTimeoutMs = lockTimeoutMs;
    life.sessions.add(this);
  }

  get dead(): boolean {
    return this.#dead;
  }
  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  query(asked: string | Asked, values?: unknown[]): Promise<Answer> {
    const {
      name,
      text,
      values: own,
    } = typeof asked === 'string' ? { name: undefined, text: asked, values } : asked;
    const plain = text.trim().toLowerCase();
    if (plain === 'begin') return this.#send('begin', false, () => this.#begin());
    if (plain === 'commit') return this.#send('commit', true, () => this.#commit());
    if (plain === 'rollback') return this.#send('rollback', false, () => this.#rollback());
    if (plain.startsWith('fetch '))
      return this.#send('fetch', false, () => answerOf(this.#tail.splice(0, Number(plain.split(' ')[1]))));
    if (plain.startsWith('declare tail_readings'))
      return this.#send('declare', false, () => {
        const [after, before] = own ?? [];
        this.#tail = tailRows(this.#wiring.db, Number(after), Number(before));
        return EMPTY;
      });
    const { label, run } = statementOf(name, text);
    return this.#send(label, this.#transaction === undefined, () =>
      this.carryOut((tx) => run(tx, own ?? [])),
    );
  }

  /** Something that is no single statement: a script of several. */
  script(label: string, commits: boolean, run: () => Answer): Promise<Answer> {
    return this.#send(label, commits, run);
  }

  /** Within the transaction, or in one of its own. */
  carryOut(run: (tx: Transaction) => unknown[], begins = false, commits = false): Answer {
    const { db } = this.#wiring;
    const own = this.#transaction === undefined;
    if (this.#transaction?.state === 'failed')
      throw new DatabaseError('25P02', 'current transaction is aborted, commands ignored until end of block');
    const tx = this.#transaction ?? this.#waiting ?? db.begin(this.#life.name);
    this.#waiting = undefined;
    try {
      tx.waitsFor = [];
      const answer = answerOf(run(tx));
      if (begins && own && !commits) this.#transaction = tx;
      else if (own) this.#end(tx);
      return answer;
    } catch (error) {
      if (error instanceof Blocked) {
        tx.waitsFor = error.by;
        // What it holds already it goes on holding
        if (own) this.#waiting = tx;
        throw error;
      }
      if (own) tx.rollback();
      else tx.state = 'failed';
      throw error;
    }
  }
  #waiting: Transaction | undefined;

  /** The connection is gone, or whoever held it. What was not committed has not happened. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#life.sessions.delete(this);
    const [head] = this.#queue;
    // A commit that is on its way may arrive before the end is noticed.
    if (this.#busy && head?.commits === true && this.#wiring.mishaps.arrivesLast()) {
      const torn = this.#wiring.db.defects.has('commit_torn_at_crash');
      if (torn) this.#transaction?.tear();
      else
        try {
          head.run();
        } catch {
          // It had to wait, or was refused: then it has not happened.
        }
    }
    this.#transaction?.rollback();
    this.#waiting?.rollback();
    for (const { reject } of this.#queue.splice(0)) if (this.#life.alive) reject(gone());
  }

  #begin(): Answer {
    this.#transaction ??= this.#wiring.db.begin(this.#life.name);
    return EMPTY;
  }

  #commit(): Answer {
    const tx = this.#transaction;
    this.#transaction = undefined;
    if (tx === undefined) return { ...EMPTY, command: 'COMMIT' };
    if (tx.state === 'failed') {
      tx.rollback();
      return { ...EMPTY, command: 'ROLLBACK' };
    }
    this.#end(tx);
    return { ...EMPTY, command: 'COMMIT' };
  }

  #rollback(): Answer {
    this.#transaction?.rollback();
    this.#transaction = undefined;
    return { ...EMPTY, command: 'ROLLBACK' };
  }

  #end(tx: Transaction): void {
    tx.commit();
    for (const { channel, payload } of tx.notifications) this.#wiring.notify(channel, payload);
  }

  #send(label: string, commits: boolean, run: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      // The dead hear nothing, not even that they are.
      if (!this.#life.alive) return;
      if (this.#dead) return reject(gone());
      this.#queue.push({ label, commits, run, resolve, reject });
      if (!this.#busy) this.#next();
    });
  }

  #next(): void {
    const [head] = this.#queue;
    this.#busy = head !== undefined;
    if (head === undefined) return;
    const { time, mishaps } = this.#wiring;
    time.after(mishaps.latencyMs(), `${this.#life.name} → ${head.label}`, () => this.#arrive(head));
  }

  #arrive(head: Pending, waitedMs = 0): void {
    if (this.#dead) return;
    const { mishaps, time } = this.#wiring;
    if (mishaps.strikes(this.#life, head.label, 'before')) return;
    if (mishaps.databaseIsAway) return this.kill();
    let settle: () => void;
    try {
      const answer = head.run();
      settle = () => head.resolve(answer);
    } catch (error) {
      if (error instanceof Blocked) return this.#wait(head, error, waitedMs);
      settle = () => head.reject(error instanceof Error ? error : new Error(String(error)));
    }
    // Done: from here on it has happened, whoever hears of it.
    this.#queue.shift();
    if (mishaps.strikes(this.#life, head.label, 'after')) return;
    if (head.commits && mishaps.losesAnswer(head.label)) {
      this.#queue.unshift(head);
      this.#busy = false;
      return this.kill();
    }
    time.after(mishaps.latencyMs(), `${this.#life.name} ← ${head.label}`, () => {
      if (this.#dead) return this.#life.alive ? head.reject(gone()) : undefined;
      settle();
      this.#next();
    });
  }

  #wait(head: Pending, { by }: Blocked, waitedMs: number): void {
    const { time } = this.#wiring;
    const from = time.now;
    let over = false;
    const cancel = time.after(this.#lockTimeoutMs - waitedMs, `${head.label} waits too long`, () => {
      if (over || this.#dead) return;
      over = true;
      this.#queue.shift();
      if (this.#transaction !== undefined) this.#transaction.state = 'failed';
      this.#waiting?.rollback();
      this.#waiting = undefined;
      head.reject(new DatabaseError('55P03', 'canceling statement due to lock timeout'));
      this.#next();
    });
    for (const other of by)
      other.onEnd.push(() => {
        if (over || this.#dead) return;
        over = true;
        cancel();
        time.after(0, `${head.label} goes on`, () => this.#arrive(head, waitedMs + time.now - from));
      });
  }
}

const answerOf = (rows: unknown[]): Answer => ({ rows, rowCount: rows.length });
