import { describe, expect, it } from 'vitest';
import { Board } from '../alerts/testing/board.ts';
import type { Payload } from '../schemas/channels.ts';
import type { Mode } from '../schemas/registry.ts';
import { T0 } from '../tests/support/detector-world.ts';
import { LivingHome } from '../tests/support/living-home.ts';
import { DETECTORS } from './detectors/registry.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A home with every detector, and the alerts that come of it. */
class Told {
  readonly board = new Board();
  readonly home = new LivingHome(
    DETECTORS,
    [
      { deviceId: 'button', kind: 'sos_button', zone: 'bedroom' },
      { deviceId: 'watch', kind: 'wearable' },
      { deviceId: 'monitor', kind: 'health_monitor' },
      { deviceId: 'living', kind: 'pir', zone: 'living' },
      { deviceId: 'bath', kind: 'pir', zone: 'bathroom' },
    ],
    T0,
  );
  #seen = 0;

  get alerts() {
    for (const signal of this.home.signals.slice(this.#seen)) this.board.signal(signal);
    this.#seen = this.home.signals.length;
    return [...this.board.records.values()].map(({ alert }) => alert);
  }
}
const vitals = (spo2Pct: number): Payload<'vitals'> => ({
  spo2Pct,
  respirationPerMin: 26,
  heartRateBpm: 112,
  quality: 0.9,
});

describe('one situation is one alert', () => {
  it('a fall, stillness after it and a falling SpO2 are one alert, as grave as the gravest, with all of it as evidence', () => {
    const told = new Told();
    told.home
      .sees('living', T0)
      .says('watch', 'fall', { source: 'wearable', state: 'suspected' }, T0 + MINUTE);
    expect(told.alerts).toMatchObject([{ kind: 'fall', priority: 1, state: 'open' }]);
    told.home
      .says('monitor', 'vitals', vitals(93), T0 + 5 * MINUTE)
      .settled.says('monitor', 'vitals', vitals(88), T0 + 9 * MINUTE);
    told.home.until(T0 + 5 * HOUR);
    const emergencies = told.alerts.filter(({ dedupKey }) => dedupKey === 'h1:emergency');
    expect(emergencies).toHaveLength(1);
    expect(emergencies[0]).toMatchObject({ kind: 'fall', priority: 1 });
    const kinds = emergencies[0]?.evidence.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['fall_suspected', 'vitals_score', 'no_movement']));
  });

  it('what contradicts it stands beside it as evidence against, and ends nothing (I7)', () => {
    const told = new Told();
    told.home
      .says('watch', 'fall', { source: 'wearable', state: 'confirmed' }, T0)
      .says('watch', 'fall', { source: 'wearable', state: 'cleared' }, T0 + MINUTE)
      .says('button', 'sos', { action: 'cancel' }, T0 + 2 * MINUTE);
    const [alert, ...others] = told.alerts;
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ kind: 'fall', priority: 1, state: 'open' });
    expect(alert?.evidence.map(({ kind, for: speaksFor }) => [kind, speaksFor])).toEqual([
      ['fall_confirmed', true],
      ['fall_cleared', false],
      ['press_cancel', false],
    ]);
  });

  it('graver evidence names the alert, lesser does not', () => {
    const told = new Told();
    told.home
      .says('monitor', 'vitals', vitals(88), T0)
      .settled.says('button', 'sos', { action: 'press' }, T0 + MINUTE);
    expect(told.alerts).toMatchObject([{ kind: 'sos', priority: 1 }]);
    told.home.says('monitor', 'vitals', vitals(88), T0 + 20 * MINUTE).until(T0 + 20 * MINUTE);
    expect(told.alerts).toMatchObject([{ kind: 'sos', priority: 1 }]);
  });
});

describe('modes', () => {
  it.each<Mode>(['leave', 'hospital', 'maintenance', 'test'])('%s never touches the call button', (mode) => {
    const told = new Told();
    told.home.mode(mode, T0, T0 + HOUR).says('button', 'sos', { action: 'press' }, T0 + MINUTE);
    expect(told.alerts).toMatchObject([{ kind: 'sos', priority: 1, state: 'open', test: mode === 'test' }]);
  });

  it.each<Mode>(['leave', 'hospital', 'maintenance'])(
    '%s suspends every absence rule, and all of them are armed again when it ends by itself',
    (mode) => {
      const told = new Told();
      told.home.sees('bath', T0).mode(mode, T0 + MINUTE, T0 + 3 * HOUR);
      const emergencies = () => told.alerts.filter(({ dedupKey }) => dedupKey === 'h1:emergency');
      told.home.until(T0 + 3 * HOUR);
      expect(emergencies()).toEqual([]);
      told.home.until(T0 + 8 * HOUR);
      const kinds = emergencies()[0]?.evidence.map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['bathroom', 'no_movement']));
    },
  );
});

describe('what ends by itself', () => {
  it('a low battery does, with the reason; an emergency does not (ThingsBoard #11803, #10979)', () => {
    const told = new Told();
    told.home
      .says('button', 'status', { battery: 12 }, T0)
      .says('button', 'sos', { action: 'press' }, T0 + 1000)
      .says('button', 'status', { battery: 90 }, T0 + HOUR);
    const [battery, sos] = told.alerts;
    expect(battery).toMatchObject({ kind: 'low_battery', state: 'resolved', resolvedBy: 'system' });
    expect(battery?.timeline.at(-1)?.note).toContain('condition over');
    expect(sos).toMatchObject({ kind: 'sos', state: 'open' });
  });
});
