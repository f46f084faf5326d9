import { describe, expect, it } from 'vitest';
import { aContext, aHome, anEvent } from '../../tests/support/detector-world.ts';
import { DETECTORS } from '../detectors/registry.ts';
import { createHomeFold } from '../home-fold.ts';
import { compare } from './compare.ts';
import { FoldAgain, type ReplayedAlert } from './fold-again.ts';

const MINUTE = 60_000;
/** 09:00 in Shenzhen, a Tuesday. */
const NINE = Date.UTC(2026, 10, 24, 1);
const home = aHome([
  { deviceId: 'pir', kind: 'pir', zone: 'bathroom' },
  { deviceId: 'button', kind: 'sos_button' },
]);
const fold = createHomeFold(DETECTORS, aContext(home).local);

const replayed = (settings: { bathroomDayMin?: number }, story: (run: FoldAgain) => void) => {
  const run = new FoldAgain({ fold, settings, outages: [], streets: [], settledAfterMs: 30 * MINUTE });
  run.take({ kind: 'profile', profile: home, now: NINE - MINUTE });
  story(run);
  return run.alerts;
};
const bathroom = (run: FoldAgain, at: number, occupied: boolean) =>
  run.take({
    kind: 'event',
    event: anEvent(
      'presence',
      { sensor: 'pir', zone: 'bathroom', occupied },
      { deviceId: 'pir', deviceKind: 'pir', zone: 'bathroom', occurredAt: at, receivedAt: at },
    ),
    now: at,
  });
const press = (run: FoldAgain, at: number) =>
  run.take({
    kind: 'event',
    event: anEvent('sos', { action: 'press' }, { deviceId: 'button', occurredAt: at, receivedAt: at }),
    now: at,
  });

describe('a home’s past, folded again', () => {
  const longBath = (run: FoldAgain) => {
    bathroom(run, NINE, true);
    run.moveTo(NINE + 100 * MINUTE);
  };

  it('alerts as the settings say that are tried, at the time at which they say it', () => {
    const kinds = (settings: { bathroomDayMin?: number }) =>
      replayed(settings, longBath)
        .filter(({ kind }) => kind === 'overstay')
        .map(({ openedAt }) => Math.round((openedAt - NINE) / MINUTE));
    expect(kinds({})).toEqual([60]);
    expect(kinds({ bathroomDayMin: 40 })).toEqual([40]);
    expect(kinds({ bathroomDayMin: 240 })).toEqual([]);
  });

  it('what is wrong with a device is told once, until it is over', () => {
    const offline = replayed({}, (run) => {
      longBath(run);
      run.moveTo(NINE + 600 * MINUTE);
    }).filter(({ kind }) => kind === 'device_offline');
    expect(offline.map(({ openedAt }) => openedAt < NINE + 60 * MINUTE)).toEqual([true]);
  });

  it('presses join one alert until it would have been seen to; the next one opens another', () => {
    const alerts = replayed({}, (run) => {
      for (const minutes of [0, 5, 29, 31]) press(run, NINE + minutes * MINUTE);
      run.moveTo(NINE + 40 * MINUTE);
    });
    expect(alerts.map(({ kind, openedAt }) => [kind, (openedAt - NINE) / MINUTE])).toEqual([
      ['sos', 0],
      ['sos', 31],
    ]);
  });

  it('what is in both runs is told apart from what is added and what is gone', () => {
    const at = (kind: ReplayedAlert['kind'], minutes: number): ReplayedAlert => ({
      kind,
      priority: 2,
      openedAt: minutes * MINUTE,
      occurredAt: minutes * MINUTE,
      because: [],
      deviceIds: [],
    });
    const before = [at('overstay', 10), at('inactivity', 200), at('overstay', 400)];
    const tried = [at('overstay', 12), at('overstay', 35), at('overstay', 700)];
    const { both, added, gone } = compare(before, tried, 30 * MINUTE);
    expect(both).toEqual([{ before: before[0], tried: tried[0] }]);
    expect(added).toEqual([tried[1], tried[2]]);
    expect(gone).toEqual([before[1], before[2]]);
  });
});
