import { expect, it } from 'vitest';
import { evolveAll } from './evolve.ts';
import { decideRaise, type Tx } from './store.ts';
import { plainHome, press, T0 } from './testing/signals.ts';

/** A key that nobody has raised yet; keeps what is written. */
function emptyKeys(): Tx & { written: string[] } {
  const written: string[] = [];
  return {
    written,
    query({ name, values }) {
      if (name === 'alerts_write') written.push(String(values?.[0]));
      const keys = name === 'alerts_lock' ? (values?.[0] as string[]) : [];
      const row = { doc: null, work: null, previous_id: null, policies: [] };
      return Promise.resolve({ rows: keys.map((key) => ({ ...row, dedup_key: key })) });
    },
  };
}

const context = { now: () => T0, newId: () => 'a1', homeOf: () => plainHome };

it('twenty thousand signals of one home at once are one version, each evolved once, none of them left out', async () => {
  const tx = emptyKeys();
  const many = Array.from({ length: 20_000 }, () => press());
  const { result, write } = await decideRaise(tx, many, context);
  expect(result).toMatchObject({ opened: 1, joined: many.length - 1, ignored: 0 });
  await write();
  const [change] = JSON.parse(tx.written[0] ?? '[]') as [
    { doc: object; work: object; events: Parameters<typeof evolveAll>[1] },
  ];
  expect(change.doc).toMatchObject({ version: 1 });
  expect(change.events.length).toBeGreaterThanOrEqual(many.length);
  // The same as all of them evolved from nothing, in one go
  const whole = JSON.parse(JSON.stringify(evolveAll(undefined, change.events))) as object;
  expect(whole).toEqual({ alert: change.doc, work: change.work });
});
