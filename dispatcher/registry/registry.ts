import { inTransaction, type Pool, type Queryable, type Transaction } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Actor } from '../ports.ts';
import { type AuditEntry, writeAudit } from './audit-log.ts';
import type { RegistryContext, RegistryKind, RegistryScope, Row, ViewBase } from './kind.ts';
import { applyPatch } from './patch.ts';
import { Refused } from './refused.ts';
import { Conditions, insertRow, updateRow } from './sql-parts.ts';

export type RegistryTools = Omit<RegistryContext, 'actor' | 'nowAt'>;

/** Who asks, and how far they see. */
export interface Caller {
  actor: Actor;
  scope: RegistryScope;
}

export interface ListQuery {
  q?: string | undefined;
  phone?: string | undefined;
  /** Key of the last item of the page before. */
  after?: string | undefined;
  /** 1 to 1,000. */
  limit: number;
  filters: Readonly<Record<string, string | undefined>>;
}

/** Pages of candidates looked through for one page of a search; beyond it the caller goes on with the cursor. */
const SEARCH_PAGES = 20;

/**
 * Residents, homes, devices and the rest: one way of listing, reading, creating, changing and retiring for all kinds.
 * Every write is one transaction with its audit entry and its notification. Retired objects are as if they were not
 * there, but their ids are never given again.
 */
export class Registry {
  readonly #pool: Pool;
  readonly #now: () => number;
  readonly #tools: RegistryTools;

  constructor(pool: Pool, now: () => number, tools: RegistryTools) {
    this.#pool = pool;
    this.#now = now;
    this.#tools = tools;
  }

  async list<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    query: ListQuery,
    caller: Caller,
  ): Promise<{ items: V[]; after: string | null }> {
    const context = this.#context(caller);
    const q = query.q?.trim().toLowerCase() ?? '';
    const items: V[] = [];
    let { after } = query;
    let more = true;
    for (let page = 0; more && items.length < query.limit && page < SEARCH_PAGES; page++) {
      const rows = await this.#page(kind, query, q, after, caller, context);
      more = rows.length > query.limit;
      for (const row of rows.slice(0, query.limit)) {
        if (items.length === query.limit) {
          more = true;
          break;
        }
        after = String(row[kind.key]);
        const view = await this.#view(kind, row, context);
        if (q === '' || kind.matches(view, q)) items.push(view);
      }
    }
    const shown = (await kind.beside?.(this.#pool, items, context.nowAt)) ?? items;
    return { items: shown, after: more ? (after ?? null) : null };
  }

  async get<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    id: string,
    caller: Caller,
  ): Promise<V> {
    const context = this.#context(caller);
    const view = await this.#read(this.#pool, kind, id, caller, context);
    const [shown = view] = (await kind.beside?.(this.#pool, [view], context.nowAt)) ?? [];
    return shown;
  }

  async create<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    given: B,
    caller: Caller,
  ): Promise<V & { secret?: string }> {
    return inTransaction(this.#pool, (tx) => this.createIn(tx, kind, given, caller));
  }

  /** The same in the caller's transaction, with others. */
  async createIn<B extends object, V extends ViewBase>(
    tx: Transaction,
    kind: RegistryKind<B, V>,
    given: B,
    caller: Caller,
  ): Promise<V & { secret?: string }> {
    const context = this.#context(caller);
    const id = String(Reflect.get(given, kind.key) ?? this.#tools.newId(kind.idPrefix));
    const body = complete(kind, { ...given, [kind.key]: id }, context);
    await kind.check?.(tx, body, context, caller.scope);
    const issued = kind.issue?.();
    const columns = {
      ...(await kind.columns(body, context)),
      ...issued?.columns,
      created_at: toIso(context.nowAt),
    };
    if (!(await insertRow(tx, kind.table, columns))) throw await this.#exists(tx, kind, id, caller, context);
    const view = await this.#read(tx, kind, id, { ...caller, scope: EVERYTHING }, context);
    await kind.changed?.(tx, undefined, view, context);
    await this.#audit(tx, context, kind, id, 'create');
    return { ...view, ...issued?.shown };
  }

  async change<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    id: string,
    given: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): Promise<V> {
    return inTransaction(this.#pool, (tx) => this.#changeIn(tx, kind, id, given, caller));
  }

  /**
   * Makes it, or changes what is there by what `changes` gives for it; nothing given, nothing is written. What is
   * retired or outside the caller's scope is as if its id were taken.
   */
  async putIn<B extends object, V extends ViewBase>(
    tx: Transaction,
    kind: RegistryKind<B, V>,
    id: string | undefined,
    from: { whole(): B; changes(current: B): Readonly<Record<string, unknown>> },
    caller: Caller,
  ): Promise<{ id: string; what: 'created' | 'updated' | 'unchanged'; secret?: string }> {
    const before =
      id === undefined ? undefined : await this.#readIfThere(tx, kind, id, caller, this.#context(caller));
    if (id === undefined || before === undefined) {
      const made = await this.createIn(tx, kind, from.whole(), caller);
      const secret = made.secret === undefined ? {} : { secret: made.secret };
      return { id: String(Reflect.get(made, kind.key)), what: 'created', ...secret };
    }
    const changes = from.changes(bodyOf(kind, before));
    if (Object.keys(changes).length === 0) return { id, what: 'unchanged' };
    await this.#changeIn(tx, kind, id, changes, caller);
    return { id, what: 'updated' };
  }

  async #changeIn<B extends object, V extends ViewBase>(
    tx: Transaction,
    kind: RegistryKind<B, V>,
    id: string,
    given: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): Promise<V> {
    const context = this.#context(caller);
    const { expectedVersion, ...patch } = given;
    const renamed = patch[kind.key];
    if (renamed !== undefined && renamed !== id)
      throw new Refused('invalid', `${kind.key}: cannot be changed`, {
        problems: [{ field: kind.key, message: 'cannot be changed' }],
      });
    const before = await this.#read(tx, kind, id, caller, context, 'for update of r');
    if (expectedVersion !== undefined && expectedVersion !== before.version)
      throw new Refused('conflict', `${kind.name} ${id} is at version ${before.version}`, {
        current: before,
      });
    if (Object.keys(patch).length === 0) {
      // Nothing is changed, and the answer shows it: that is a look.
      await this.#audit(tx, context, kind, id, 'view');
      return before;
    }
    const merged = applyPatch(bodyOf(kind, before), patch);
    const body = complete(kind, merged, context, { view: before, patch: patch as Partial<B> });
    await kind.check?.(tx, body, context, caller.scope, before);
    await updateRow(tx, kind.table, kind.key, id, await kind.columns(body, context, patch));
    const after = await this.#read(tx, kind, id, { ...caller, scope: EVERYTHING }, context);
    await kind.changed?.(tx, before, after, context);
    await this.#audit(tx, context, kind, id, 'change', { fields: Object.keys(patch) });
    return after;
  }

  async retire<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    id: string,
    caller: Caller,
  ): Promise<void> {
    await inTransaction(this.#pool, (tx) => this.retireIn(tx, kind, id, caller));
  }

  /** The same in the caller's transaction, with others. Gives it as it was. */
  async retireIn<B extends object, V extends ViewBase>(
    tx: Transaction,
    kind: RegistryKind<B, V>,
    id: string,
    caller: Caller,
  ): Promise<V> {
    const context = this.#context(caller);
    const before = await this.#read(tx, kind, id, caller, context, 'for update of r');
    await updateRow(tx, kind.table, kind.key, id, { retired_at: toIso(context.nowAt) });
    await kind.changed?.(tx, before, undefined, context);
    await this.#audit(tx, context, kind, id, 'retire');
    return before;
  }

  /** A new secret. The old one lets in for `overlapS` more; one that is older still, no longer. */
  async rotateSecret<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    id: string,
    caller: Caller,
    overlapS = 0,
  ): Promise<V & { secret: string; previousUntil: string | null }> {
    const context = this.#context(caller);
    const previousUntil = overlapS > 0 ? toIso(context.nowAt + overlapS * 1_000) : null;
    const issued = kind.issue?.();
    if (issued === undefined) throw new Refused('not_found', `a ${kind.name} has no secret`);
    return inTransaction(this.#pool, async (tx) => {
      const before = await this.#read(tx, kind, id, caller, context, 'for update of r');
      await tx.query(
        `update ${kind.table} set previous_secret_hash = case when $2::timestamptz is not null then secret_hash end,
                previous_secret_until = $2 where ${kind.key} = $1`,
        [id, previousUntil],
      );
      await updateRow(tx, kind.table, kind.key, id, issued.columns);
      const after = await this.#read(tx, kind, id, caller, context);
      await kind.changed?.(tx, before, after, context);
      await this.#audit(tx, context, kind, id, 'rotate_secret', { overlapS });
      return { ...after, ...issued.shown, previousUntil };
    });
  }

  /** For what is read: a view of one file, or a list by its count. */
  async auditReading(caller: Caller, ...entries: AuditEntry[]): Promise<void> {
    await writeAudit(this.#pool, caller.actor, this.#now(), ...entries);
  }

  #context(caller: Caller): RegistryContext {
    return { ...this.#tools, actor: caller.actor, nowAt: this.#now() };
  }

  async #page<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    query: ListQuery,
    q: string,
    after: string | undefined,
    caller: Caller,
    context: RegistryContext,
  ): Promise<Row[]> {
    const conditions = new Conditions().and('r.retired_at is null');
    kind.narrow(conditions, caller.scope);
    if (q !== '') kind.filters['q']?.(conditions, q, context);
    if (query.phone !== undefined) kind.filters['phone']?.(conditions, query.phone, context);
    for (const [name, value] of Object.entries(query.filters))
      if (value !== undefined) kind.filters[name]?.(conditions, value, context);
    if (after !== undefined) conditions.and(`r.${kind.key} > ?`, after);
    const limit = conditions.param(query.limit + 1);
    const { rows } = await this.#pool.query<Row>(
      `${kind.select} where ${conditions.sql} order by r.${kind.key} limit ${limit}`,
      conditions.params,
    );
    return rows;
  }

  async #read<B extends object, V extends ViewBase>(
    db: Queryable,
    kind: RegistryKind<B, V>,
    id: string,
    caller: Caller,
    context: RegistryContext,
    lock = '',
  ): Promise<V> {
    const conditions = new Conditions().and(`r.${kind.key} = ?`, id).and('r.retired_at is null');
    kind.narrow(conditions, caller.scope);
    const { rows } = await db.query<Row>(`${kind.select} where ${conditions.sql} ${lock}`, conditions.params);
    const [row] = rows;
    if (row === undefined) throw new Refused('not_found', `there is no ${kind.name} ${id}`);
    return this.#view(kind, row, context);
  }

  async #view<B extends object, V extends ViewBase>(
    kind: RegistryKind<B, V>,
    row: Row,
    context: RegistryContext,
  ): Promise<V> {
    const view = kind.view(row, context);
    return kind.hasWords === true ? this.#tools.words.open(view) : view;
  }

  #readIfThere<B extends object, V extends ViewBase>(
    tx: Transaction,
    kind: RegistryKind<B, V>,
    id: string,
    caller: Caller,
    context: RegistryContext,
  ): Promise<V | undefined> {
    return this.#read(tx, kind, id, caller, context).catch((error: unknown) => {
      if (error instanceof Refused) return undefined;
      throw error;
    });
  }

  async #exists<B extends object, V extends ViewBase>(
    tx: Transaction,
    kind: RegistryKind<B, V>,
    id: string,
    caller: Caller,
    context: RegistryContext,
  ): Promise<Refused> {
    // Out of the caller's scope, or retired: that the id is taken is all there is to say.
    const current = await this.#readIfThere(tx, kind, id, caller, context);
    return new Refused('exists', `the id ${id} is taken`, { current });
  }

  async #audit<B extends object, V extends ViewBase>(
    tx: Transaction,
    context: RegistryContext,
    kind: RegistryKind<B, V>,
    id: string,
    verb: string,
    detail: Record<string, unknown> = {},
  ): Promise<void> {
    const entry = { action: `${kind.name}.${verb}`, object: `${kind.name}:${id}`, detail };
    await writeAudit(tx, context.actor, context.nowAt, entry);
  }
}

const EVERYTHING: RegistryScope = { streets: null, ownOf: null };

function complete<B extends object, V extends ViewBase>(
  kind: RegistryKind<B, V>,
  body: B,
  context: RegistryContext,
  before?: { view: V; patch: Partial<B> },
): B {
  return kind.complete?.(body, context, before) ?? body;
}

/** The body that would make this view. */
function bodyOf<B extends object, V extends ViewBase>(kind: RegistryKind<B, V>, view: V): B {
  const present = Object.keys(kind.body.shape)
    .map((name): [string, unknown] => [name, Reflect.get(view, name)])
    .filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present) as B;
}
