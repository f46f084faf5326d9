import { describe, expect, it } from 'vitest';
import { alertOf, iso, T0 } from './example-alert.ts';
import { z } from 'zod';
import {
  bridgeBody,
  caregiverBody,
  deviceBody,
  dutyBody,
  homeBody,
  organisationBody,
  policyBody,
  residentBody,
  shiftBody,
  streetSettings,
  userBody,
  visitPlanBody,
  voucherBody,
} from '../../schemas/registry.ts';
import type { FieldSpec } from './registry-form.ts';
import { policyPreview } from './policy-preview.ts';
import { bodyOf, changesOf, draftOf, missingIn } from './registry-form.ts';
import { HOMES, REGISTRY, RESIDENTS, SHIFTS, specOf, STREET_SETTINGS, USERS } from './registry-specs.ts';
import { byStreet, canaryIsLate, longestWaiting, operatorLoad } from './wall-figures.ts';
import { supervisorEn } from '../words/supervisor-en.ts';
import { supervisorWords } from '../words/supervisor-words.ts';
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
    const words = {
      ...wordsOf('zh'),
      target: wordsOf('zh').timeline.target,
      ...supervisorWords('zh'),
    } as Record<string, unknown>;
    const look = (fields: (typeof RESIDENTS)['fields']): void => {
      for (const f of fields) {
        expect(supervisorWords('zh').field, f.name).toHaveProperty([f.label ?? f.name]);
        if (f.options) expect(words, f.options).toHaveProperty([f.options]);
        if (f.fields) look(f.fields);
      }
    };
    for (const spec of REGISTRY) look(spec.fields);
    expect(Object.keys(supervisorEn.field)).toEqual(Object.keys(supervisorZh.field));
    expect(Object.keys(supervisorEn.nav)).toEqual(Object.keys(supervisorZh.nav));
  });
});

/** Members of rows and groups are sent whole: one that the form does not know would be lost by every save. */
function fieldsMissing(schema: z.core.$ZodType, fields: readonly FieldSpec[], at: string): string[] {
  let inner: z.core.$ZodType = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodArray)
    inner = inner instanceof z.ZodArray ? inner.element : inner.unwrap();
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.core.$ZodType>).flatMap(([name, member]) => {
    const field = fields.find((f) => f.name === name);
    return field === undefined
      ? [`${at}${name}`]
      : fieldsMissing(member, field.fields ?? [], `${at}${name}.`);
  });
}
it.each(
  Object.entries({
    homes: homeBody,
    residents: residentBody,
    devices: deviceBody,
    caregivers: caregiverBody,
    shifts: shiftBody,
    duties: dutyBody,
    organisations: organisationBody,
    'visit-plans': visitPlanBody,
    vouchers: voucherBody,
    policies: policyBody,
    users: userBody,
    bridges: bridgeBody,
  }),
)('the form of %s has every field that the service takes', (path, body) => {
  expect(fieldsMissing(body, specOf(path)?.fields ?? [], '')).toEqual([]);
});
it('a consent that was taken back stays taken back when another is added', () => {
  const before = { consents: [{ kind: 'camera', date: '2026-01-01', given: false }] };
  expect(bodyOf(RESIDENTS.fields, draftOf(RESIDENTS.fields, before))).toEqual(before);
});
it.each([['street settings', STREET_SETTINGS, streetSettings]])(
  'the form of %s has every field that the service takes',
  (_, fields, body) => {
    expect(fieldsMissing(body, fields, '')).toEqual([]);
  },
);

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
      { street: '莲花', open: 2, by: [0, 1, 1, 0], gravest: 2 },
      { street: '梅林', open: 0, by: [0, 0, 0, 0], gravest: null },
    ]);
  });

  it('says when our own calls stay away', () => {
    expect([0, 25_000, 25_001].map((ago) => canaryIsLate({ atMs: T0 - ago }, T0))).toEqual([
      false,
      false,
      true,
    ]);
    expect(canaryIsLate(null, T0)).toBe(false);
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
