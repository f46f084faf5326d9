import { expect, it } from 'vitest';
import { anEvent, T0 } from '../../tests/support/detector-world.ts';
import { ManualClock } from '../../platform/manual-clock.ts';
import { silentLog } from '../../platform/log.ts';
import type { HomeEntry } from '../directory.ts';
import { initialState } from '../home-state.ts';
import { Home } from './home.ts';
import { Snapshots } from './snapshots.ts';

function setUp(homes: number, heldEach: number) {
  const statements: number[][] = [];
  const db = {
    query: ({ values }: { values: unknown[] }) => {
      const rows = JSON.parse(String(values[0])) as { h: number }[];
      statements.push(rows.map(({ h }) => h));
      return Promise.resolve({ rows: [] });
    },
  };
  const snapshots = new Snapshots({
    clock: new ManualClock(T0),
    log: silentLog(),
    db: db as never,
    detectors: [],
  });
  for (let n = 1; n <= homes; n++) {
    const home = new Home(`h${n}`);
    home.entry = { homeNo: n } as HomeEntry;
    let state = initialState([]);
    for (let i = 0; i < heldEach; i++)
      state = {
        ...state,
        held: state.held.with(anEvent('presence', { sensor: 'pir', zone: 'x', occupied: true })),
      };
    home.state = state;
    snapshots.changed(home, n);
  }
  return { snapshots, statements, saved: () => statements.flat() };
}

it('fifty homes that have changed are saved a second, the first of them first', async () => {
  const { snapshots, saved } = setUp(80, 0);
  await snapshots.round();
  expect(saved()).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

it('of homes that hold much no more is saved a second than their turn asks for, or one statement takes', async () => {
  const { snapshots, statements, saved } = setUp(80, 200);
  await snapshots.round();
  // Three are due, and each of them fills a statement
  expect(statements.length).toBeLessThanOrEqual(3);
  expect(saved().length).toBeGreaterThanOrEqual(3);
  expect(saved().length).toBeLessThan(20);
  for (let second = 1; second < 60; second++) await snapshots.round();
  expect(snapshots.waiting).toBe(0);
});
