import type { MemoryDatabase, Table } from './memory-database.ts';

/** As the driver throws it. */
export class DatabaseError extends Error {
  readonly code: string;
  readonly constraint: string | undefined;
  readonly severity: string;
  constructor(code: string, message: string, constraint?: string, severity = 'ERROR') {
    super(message);
    this.code = code;
    this.constraint = constraint;
    this.severity = severity;
  }
}

/** The statement must wait for another transaction's end, and is carried out anew after it. */
export class Blocked {
  readonly by: readonly Transaction[];
  constructor(by: readonly Transaction[]) {
    this.by = by;
  }
}

interface Lock {
  readonly holders: Set<Transaction>;
  shared: boolean;
}
const LOCKS = new WeakMap<MemoryDatabase, Map<string, Lock>>();
const locksOf = (db: MemoryDatabase): Map<string, Lock> => {
  const found = LOCKS.get(db) ?? new Map<string, Lock>();
  LOCKS.set(db, found);
  return found;
};

type Overlay = Map<string | number, unknown>;

/**
 * One transaction: what it has written nobody else sees before its commit. A statement takes all its locks before it
 * writes anything, so that one that has to wait can be carried out from its beginning again.
 */
export class Transaction {
  readonly db: MemoryDatabase;
  readonly owner: string;
  state: 'open' | 'failed' | 'over' = 'open';
  /** Transactions that this one waits for, for finding circles. */
  waitsFor: readonly Transaction[] = [];
  /** `NOTIFY`, sent with the commit. */
  readonly notifications: { channel: string; payload: string }[] = [];
  readonly onEnd: (() => void)[] = [];
  readonly #written = new Map<Table<unknown>, Overlay>();
  readonly #held = new Set<string>();

  constructor(db: MemoryDatabase, owner: string) {
    this.db = db;
    this.owner = owner;
  }

  get<R>(table: Table<R>, key: string | number): R | undefined {
    const overlay = this.#written.get(table as Table<unknown>);
    return overlay?.has(key) === true ? (overlay.get(key) as R | undefined) : table.rows.get(key);
  }

  put<R>(table: Table<R>, key: string | number, row: R): void {
    const known = this.#written.get(table as Table<unknown>);
    if (known === undefined) this.#written.set(table as Table<unknown>, new Map([[key, row]]));
    else known.set(key, row);
  }

  /** Of the committed ones among `keys`, and of its own: those that fit. */
  pick<R>(table: Table<R>, keys: Iterable<string | number>, fits: (row: R) => boolean): R[] {
    const found: R[] = [];
    const overlay = this.#written.get(table as Table<unknown>);
    for (const key of keys) {
      if (overlay?.has(key) === true) continue;
      const row = table.rows.get(key);
      if (row !== undefined && fits(row)) found.push(row);
    }
    if (overlay !== undefined)
      for (const row of overlay.values()) if (row !== undefined && fits(row as R)) found.push(row as R);
    return found;
  }

  /** Waits for whoever holds it. @throws Blocked */
  lock(name: string, shared = false): void {
    if (this.tryLock(name, shared)) return;
    const lock = locksOf(this.db).get(name);
    const by = [...(lock?.holders ?? [])].filter((holder) => holder !== this);
    if (by.some((holder) => leadsTo(holder, this))) throw new DatabaseError('40P01', 'deadlock detected');
    throw new Blocked(by);
  }

  tryLock(name: string, shared = false): boolean {
    const locks = locksOf(this.db);
    const lock = locks.get(name);
    if (lock === undefined) locks.set(name, { holders: new Set([this]), shared });
    else if (lock.holders.has(this) && (lock.shared === shared || lock.holders.size === 1))
      lock.shared &&= shared;
    else if (lock.shared && shared) lock.holders.add(this);
    else return false;
    this.#held.add(name);
    return true;
  }

  commit(): void {
    const changes = [...this.#written].flatMap(([table, overlay]) =>
      [...overlay].map(([key, after]) => ({ table, key, after })),
    );
    this.#end();
    if (changes.length > 0) this.db.apply(changes);
  }

  /** A commit of which only a part is there afterwards: what no database does, for a defect. */
  tear(): void {
    const changes = [...this.#written].flatMap(([table, overlay]) =>
      table.name === 'outbox' || table.name === 'alert_events'
        ? []
        : [...overlay].map(([key, after]) => ({ table, key, after })),
    );
    this.#end();
    if (changes.length > 0) this.db.apply(changes);
  }

  rollback(): void {
    this.#end();
  }

  #end(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    const locks = locksOf(this.db);
    for (const name of this.#held) {
      const lock = locks.get(name);
      lock?.holders.delete(this);
      if (lock?.holders.size === 0) locks.delete(name);
    }
    this.#held.clear();
    for (const tell of this.onEnd.splice(0)) tell();
  }
}

function leadsTo(from: Transaction, to: Transaction, seen = new Set<Transaction>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return from.waitsFor.some((next) => leadsTo(next, to, seen));
}
