import { describe, expect, it } from 'vitest';
import type { Payload } from '../../schemas/channels.ts';
import type { Signal } from '../../schemas/signal.ts';
import { aContext, aHome, anEvent, T0 } from '../../tests/support/detector-world.ts';
import { AGREEMENT_MS, MOST_SHOWN, QUIET_MS, vitals } from './vitals.ts';

const context = aContext(aHome());

/** Feeds samples in turn: [ms after T0, payload]. */
function feed(
  samples: readonly (readonly [number, Payload<'vitals'>])[],
  ctx = context,
): (readonly Signal[])[] {
  let state = vitals.initial();
  return samples.map(([afterMs, payload]) => {
    const step = vitals.step(state, anEvent('vitals', payload, { occurredAt: T0 + afterMs }), ctx);
    state = JSON.parse(JSON.stringify(step.state)) as typeof state;
    return step.signals;
  });
}
const gravest = (signals: readonly Signal[]) =>
  signals.map(({ priority, dedupKey }) => `${priority} ${dedupKey}`);

describe('what a good sample concludes', () => {
  it.each<[Payload<'vitals'>, string[]]>([
    [{ systolicMmHg: 180, diastolicMmHg: 80 }, ['1 h1:emergency']],
    [{ systolicMmHg: 179.4, diastolicMmHg: 80 }, []],
    [{ systolicMmHg: 150, diastolicMmHg: 110 }, ['1 h1:emergency']],
    [{ glucoseMmolL: 2.9 }, ['1 h1:emergency']],
    [{ glucoseMmolL: 3.0 }, ['3 h1:vitals_low']],
    [{ temperatureC: 39.5 }, ['3 h1:vitals_low']],
    [{ heartRateBpm: 131, quality: 0.9 }, ['2 h1:emergency']],
    [{ respirationPerMin: 25, spo2Pct: 91, heartRateBpm: 95, quality: 0.8 }, ['1 h1:emergency']],
    [{ spo2Pct: 97, heartRateBpm: 70, quality: 1 }, []],
  ])('%j gives %j', (payload, expected) => {
    expect(feed([[0, payload]]).map(gravest)).toEqual([expected]);
  });
});

describe('the artefact guard', () => {
  const loose: Payload<'vitals'> = { spo2Pct: 82, quality: 0.3 };
  it('one sample of poor quality dispatches nobody', () => {
    expect(feed([[0, loose]])).toEqual([[]]);
  });
  it('two that agree within 5 minutes do', () => {
    expect(
      feed([
        [0, loose],
        [AGREEMENT_MS, loose],
      ]).map(gravest),
    ).toEqual([[], ['2 h1:emergency']]);
  });
  it('two further apart do not', () => {
    expect(
      feed([
        [0, loose],
        [AGREEMENT_MS + 1, loose],
      ]).flat(),
    ).toEqual([]);
  });
  it('a good normal sample between them speaks against both', () => {
    expect(
      feed([
        [0, loose],
        [60_000, { spo2Pct: 97, quality: 0.9 }],
        [120_000, loose],
      ]).flat(),
    ).toEqual([]);
  });
  it('continuous values without a quality count as 0.5, values measured on purpose as 1', () => {
    expect(feed([[0, { heartRateBpm: 140 }]]).flat()).toEqual([]);
    expect(feed([[0, { heartRateBpm: 140, systolicMmHg: 120 }]]).flat()).toHaveLength(1);
  });
});

it('a condition that holds on is said once, and again after the quiet time (ThingsBoard #13050)', () => {
  const high: Payload<'vitals'> = { systolicMmHg: 190, diastolicMmHg: 95 };
  const signals = feed([
    [0, high],
    [60_000, high],
    [QUIET_MS - 1, high],
    [QUIET_MS, high],
  ]);
  const effects = signals.map((list) => list.map(({ effect }) => effect));
  expect(effects).toEqual([['raise'], ['support'], ['support'], ['raise']]);
});

it('a low reading that is repeated is evidence in the same alert, of a monitor that never stops so much and no more', () => {
  const low: Payload<'vitals'> = { temperatureC: 38.5 };
  const samples = Array.from({ length: MOST_SHOWN + 5 }, (_, i) => [i * 1000, low] as const);
  const signals = feed(samples).flat();
  expect(signals).toHaveLength(1 + MOST_SHOWN);
  expect(new Set(signals.map(({ dedupKey }) => dedupKey))).toEqual(new Set(['h1:vitals_low']));
  expect(new Set(signals.map(({ evidence }) => evidence[0]?.messageId)).size).toBe(1 + MOST_SHOWN);
});

it('a reading less bad than what was raised is evidence for that, and opens nothing of its own', () => {
  const signals = feed([
    [0, { systolicMmHg: 190, diastolicMmHg: 95 }],
    [60_000, { systolicMmHg: 105, diastolicMmHg: 70 }],
  ]);
  expect(signals[1]).toMatchObject([{ effect: 'support', dedupKey: 'h1:emergency' }]);
});

it('getting worse is said at once', () => {
  const signals = feed([
    [0, { temperatureC: 38.5 }],
    [1000, { temperatureC: 38.5, systolicMmHg: 185 }],
  ]);
  expect(signals.map(gravest)).toEqual([['3 h1:vitals_low'], ['1 h1:emergency']]);
});

it('back to normal clears the work list, and is only evidence against an emergency (I7)', () => {
  expect(
    feed([
      [0, { temperatureC: 38.5 }],
      [1000, { temperatureC: 37 }],
    ])[1],
  ).toMatchObject([{ effect: 'clear' }]);
  const after = feed([
    [0, { systolicMmHg: 190 }],
    [1000, { systolicMmHg: 130 }],
  ])[1];
  expect(after).toMatchObject([{ effect: 'support', evidence: [{ for: false }] }]);
});

it('values of several residents are never mixed into one score', () => {
  const samples = [
    [0, { systolicMmHg: 95, heartRateBpm: 120 }],
    [1000, { temperatureC: 39.2 }],
  ] as const;
  expect(feed(samples).map(gravest)).toEqual([['3 h1:vitals_low'], ['2 h1:emergency']]);
  expect(feed(samples, aContext(aHome([], { residents: 2 }))).map(gravest)).toEqual([
    ['3 h1:vitals_low'],
    ['3 h1:vitals_low'],
  ]);
});

it('what is partial is said to be, with what is missing', () => {
  const [signal] = feed([[0, { temperatureC: 39.5 }]])[0] ?? [];
  expect(signal?.evidence[0]?.data).toMatchObject({ partial: true, news2: 2 });
  expect(signal?.evidence[0]?.data['missing']).toContain('spo2Pct');
});
