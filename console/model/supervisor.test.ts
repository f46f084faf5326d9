import { describe, expect, it } from 'vitest';
import { alertOf, iso, T0 } from './example-alert.ts';
import { policyPreview } from './policy-preview.ts';
import { bodyOf, changesOf, draftOf, missingIn } from './registry-form.ts';
import { HOMES, REGISTRY, RESIDENTS, SHIFTS, USERS } from './registry-specs.ts';
import { byStreet, longestWaiting, operatorLoad } from './wall-figures.ts';
import { supervisorEn } from '../words/supervisor-en.ts';
import { supervisorZh } from '../words/supervisor-zh.ts';
import { wordsOf } from '../words/words.ts';

const row = {
  id: 'r1',
  name: '王桂兰',
  homeId: 'h1',
  careLevel: 0,
  conditions: ['高血压', '独居'],
  contacts: [{ name: '李梅', phone: '199', keyHolder: true }],
  modeUntil: '2026-11-23T12:30:00.000Z',
  settings: { inactivityMin: 240 },
};

describe('registry forms', () => {
  it('give back what they were given, and nothing that was not', () => {
    expect(bodyOf(RESIDENTS.fields, draftOf(RESIDENTS.fields, row))).toEqual(row);
    expect(bodyOf(HOMES.fields, draftOf(HOMES.fields, {}))).toEqual({});
  });

  it('send only what was changed, and null for what was taken away', () => {
    const before = draftOf(RESIDENTS.fields, row);
    expect(changesOf(RESIDENTS.fields, before, { ...before })).toEqual({});
    const after = { ...before, conditions: '高血压', careLevel: '2', modeUntil: '', id: 'other' };
    expect(changesOf(RESIDENTS.fields, before, after)).toEqual({
      conditions: ['高血压'],
      careLevel: 2,
      modeUntil: null,
    });
  });

  it('say times of Shenzhen', () => {
    expect(draftOf(RESIDENTS.fields, row)['modeUntil']).toBe('2026-11-23T20:30');
  });

  it('name what is missing, inside rows and begun groups too', () => {
    expect(
      missingIn(
        RESIDENTS.fields,
        draftOf(RESIDENTS.fields, { contacts: [{ phone: '1' }], settings: { fence: { lat: 1 } } }),
      ),
    ).toEqual(['name', 'homeId', 'contacts.0.name', 'settings.fence.lon', 'settings.fence.radiusM']);
    expect(missingIn(SHIFTS.fields, draftOf(SHIFTS.fields, { caregiverId: 'c' }))).toEqual([]);
  });

  it('send no empty password, and days as sorted numbers', () => {
    expect(bodyOf(USERS.fields, draftOf(USERS.fields, { username: 'a', role: 'operator' }))).toEqual({
      username: 'a',
      role: 'operator',
    });
    expect(
      bodyOf(SHIFTS.fields, { caregiverId: 'c', weekly: { days: ['5', '1'], start: '07:00', end: '19:00' } }),
    ).toEqual({
      caregiverId: 'c',
      off: false,
      weekly: { days: [1, 5], start: '07:00', end: '19:00' },
    });
  });

  it('have a label and an options table for every field', () => {
    const words = { ...wordsOf('zh'), target: wordsOf('zh').timeline.target, ...supervisorZh } as Record<
      string,
      unknown
    >;
    const look = (fields: (typeof RESIDENTS)['fields']): void => {
      for (const f of fields) {
        expect(supervisorZh.field, f.name).toHaveProperty([f.label ?? f.name]);
        if (f.options) expect(words, f.options).toHaveProperty([f.options]);
        if (f.fields) look(f.fields);
      }
    };
    for (const spec of REGISTRY) look(spec.fields);
    expect(Object.keys(supervisorEn.field)).toEqual(Object.keys(supervisorZh.field));
    expect(Object.keys(supervisorEn.nav)).toEqual(Object.keys(supervisorZh.nav));
  });
});

describe('a policy’s preview', () => {
  it('counts delays, and the time that repeats take', () => {
    const steps = [
      { afterS: 30, to: 'recommended' as const, acceptWithinS: 30, repeat: 2 },
      { afterS: 10, to: 'supervisor' as const },
    ];
    expect(policyPreview(steps).map((p) => p.atS)).toEqual([30, 100]);
  });
});

describe('the wall', () => {
  it('counts by street with the gravest, and streets without any', () => {
    const alerts = [
      alertOf({ priority: 3 }),
      alertOf({ id: 'b', priority: 2 }),
      alertOf({ id: 'c', state: 'resolved', street: '梅林' }),
    ];
    expect(byStreet(alerts, ['莲花', '梅林'])).toEqual([
      { street: '莲花', open: 2, gravest: 2 },
      { street: '梅林', open: 0, gravest: null },
    ]);
  });

  it('finds who has waited longest for a person', () => {
    const old = alertOf({ id: 'old', openedAt: iso(T0 - 9) });
    expect(longestWaiting([alertOf(), old, alertOf({ id: 'x', priority: 4, openedAt: iso(0) })])?.id).toBe(
      'old',
    );
    expect(longestWaiting([alertOf({ state: 'acknowledged' })])).toBeUndefined();
  });

  it('counts what each operator took within ten minutes', () => {
    const took = (by: string, ago: number) => ({ at: iso(T0 - ago), what: 'acknowledged', by, note: null });
    expect(
      operatorLoad(
        [alertOf({ timeline: [took('a', 60_000), took('b', 1), took('b', 2), took('a', 700_000)] })],
        T0,
      ),
    ).toEqual([
      { who: 'b', taken: 2 },
      { who: 'a', taken: 1 },
    ]);
  });
});
