import { conflictingConstraint, type Transaction } from '../../platform/database.ts';
import type { Actor, CommandResult } from '../ports.ts';
import { writeAudit } from '../registry/audit-log.ts';
import { transact } from '../transact.ts';
import { CaseFile } from './case-file.ts';
import type { EngineDeps } from './engine.ts';

/** Leaves a command in the middle of it: everything it has written so far is rolled back. */
export class Refused<T> extends Error {
  readonly result: Extract<CommandResult<T>, { ok: false }>;
  constructor(result: Extract<CommandResult<T>, { ok: false }>) {
    super(result.detail);
    this.result = result;
  }
}

export interface Done<T> {
  file: CaseFile;
  /** Another case that the command has changed; locked as well. */
  alsoFile?: CaseFile | undefined;
  value(): T;
  changed: boolean;
  /** Ids and numbers only. */
  detail?: Readonly<Record<string, unknown>>;
}

/**
 * One command of a person: decided, written and audited in one transaction. What changes nothing is not audited.
 * `raced`: what to answer when a unique index has decided for somebody else.
 */
export async function runCommand<T>(
  deps: EngineDeps,
  actor: Actor,
  what: { action: string; object: string | ((value: T) => string) },
  decide: (tx: Transaction, now: number) => Promise<Done<T> | Extract<CommandResult<T>, { ok: false }>>,
  raced?: (constraint: string) => Promise<CommandResult<T>> | undefined,
): Promise<CommandResult<T>> {
  try {
    const { result, files } = await transact(deps.pool, async (tx) => {
      const now = deps.clock.now();
      const done = await decide(tx, now);
      if ('ok' in done) return { result: done, files: [] };
      const files = done.alsoFile === undefined ? [done.file] : [done.alsoFile, done.file];
      await CaseFile.writeAll(tx, files, now);
      const value = done.value();
      if (done.changed) {
        const object = typeof what.object === 'string' ? what.object : what.object(value);
        await writeAudit(tx, actor, now, { action: what.action, object, detail: done.detail ?? {} });
      }
      return { result: { ok: true as const, value, changed: done.changed }, files };
    });
    for (const file of files) deps.onCommitted(file);
    return result;
  } catch (error) {
    if (error instanceof Refused) return (error as Refused<T>).result;
    const constraint = conflictingConstraint(error);
    const answer = constraint === undefined ? undefined : raced?.(constraint);
    if (answer === undefined) throw error;
    return answer;
  }
}

/** PostgreSQL's jsonb and text hold neither: what somebody types must not fail the command. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();
export const storableOrNull = (text: string | undefined): string | null =>
  text === undefined ? null : storable(text);
