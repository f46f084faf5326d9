import type { z } from 'zod';
import type { Queryable, Transaction } from '../../platform/database.ts';
import type { PersonalData } from '../../platform/crypto/personal-data.ts';
import type { NewId } from '../../platform/ids.ts';
import type { Words } from '../personal/words.ts';
import type { Actor } from '../ports.ts';
import type { Columns, Conditions } from './sql-parts.ts';

/** What registry work is done with: who asks, when, and the tools. */
export interface RegistryContext {
  actor: Actor;
  nowAt: number;
  newId: NewId;
  cipher: PersonalData;
  /** Of what people write in a field beside the sealed file. */
  words: Words;
  hashPassword(password: string): Promise<string>;
}

/** What the caller may see; SQL conditions are made of it in one place, `scope-conditions.ts`. */
export interface RegistryScope {
  /** null: the whole district. */
  streets: readonly string[] | null;
  /** Set: only what this caregiver needs for their own work. */
  ownOf: string | null;
}

/** Members every view has beside its body's fields. */
export interface ViewBase {
  version: number;
  createdAt: string;
}

/**
 * One kind of registry object: its body, its table, and what must hold. The engine in `registry.ts` does the rest the
 * same way for all of them.
 */
export interface RegistryKind<B extends object = object, V extends ViewBase = ViewBase> {
  /** As in audit entries and notifications: `resident`. */
  readonly name: string;
  readonly table: string;
  readonly key: 'id' | 'username';
  readonly idPrefix: string;
  readonly body: z.ZodObject & z.ZodType<B>;
  /** Columns and joins, the table as `r`, up to where `where` would stand. */
  readonly select: string;
  /**
   * Columns that hold this body, the key first, so that an insert can tell a repeat; not version, times and secrets.
   * `patch`: what a change named.
   */
  columns(
    body: B,
    context: RegistryContext,
    patch?: Readonly<Record<string, unknown>>,
  ): Columns | Promise<Columns>;
  /** The whole view; optional fields that are absent are null or empty. */
  view(row: Row, context: Pick<RegistryContext, 'cipher' | 'nowAt'>): V;
  /** Has words that are sealed where they stand. */
  readonly hasWords?: boolean;
  /** What is shown beside what is registered, for a page at a time. */
  beside?(db: Queryable, views: readonly V[], nowAt: number): Promise<V[]>;
  readonly besideShape?: z.ZodRawShape;
  /** Fills in what the body leaves to us. `before`: as it was, on a change. */
  complete?(body: B, context: RegistryContext, before: { view: V; patch: Partial<B> } | undefined): B;
  /** Throws `Refused`, naming the field. In the transaction, before the write. */
  check?(tx: Transaction, body: B, context: RegistryContext, scope: RegistryScope, before?: V): Promise<void>;
  /** What must happen with the change, in its transaction: notifications, inputs of homes, what hangs on it. */
  changed?(
    tx: Transaction,
    before: V | undefined,
    after: V | undefined,
    context: RegistryContext,
  ): Promise<void>;
  /** Columns of a fresh secret, and what the one answer shows. */
  issue?(): { columns: Columns; shown: { secret: string } };
  narrow(conditions: Conditions, scope: RegistryScope): void;
  /** List filters by query parameter. */
  readonly filters: Readonly<
    Record<string, (conditions: Conditions, value: string, context: RegistryContext) => void>
  >;
  /** Whether `q`, in lower case, is found in this view; the index may give more than that. */
  matches(view: V, q: string): boolean;
}

/** As PostgreSQL gives it; each kind reads its own columns. */
export type Row = Readonly<Record<string, unknown>>;

/** NOTIFY `registry` within the transaction: caches drop what is named, once it is committed. */
export async function notifyRegistry(tx: Queryable, ...names: readonly string[]): Promise<void> {
  const unique = [...new Set(names)];
  if (unique.length > 0)
    await tx.query(`select pg_notify('registry', name) from unnest($1::text[]) as name`, [unique]);
}
