import { describe, expect, it } from 'vitest';
import { choose, type Doing, type Need, type Person } from '../recommendation/rank.ts';
import { roleFit } from '../recommendation/role-fit.ts';
import { assignErrands, type Given, type Wanted } from './assign-errands.ts';

const NOW = Date.parse('2026-01-12T08:00:00.000Z');
const LOCAL = { minuteOfDay: 16 * 60, weekday: 1 };
const KM = 1 / 111.2;
const at = (km: number) => ({ lat: 22.55 + km * KM, lon: 114.06 });
const person = (caregiverId: string, km: number, patch: Partial<Person> = {}): Person => ({
  caregiverId,
  role: 'care_worker',
  skills: [],
  stars: 3,
  languages: [],
  place: at(km),
  locatedAtMs: null,
  shifts: [{ fromMs: null, toMs: null, weekly: null }],
  ...patch,
});
const wanted = (km: number, priority = 1, patch: Partial<Need> = {}): Wanted => ({
  priority,
  need: {
    fit: roleFit('sos', 'urgent'),
    skill: 'urgent',
    emergency: true,
    place: at(km),
    languages: [],
    familiar: new Set(),
    asked: new Map(),
    ...patch,
  },
});
const free: Doing = { emergency: new Set(), askedEmergency: new Set(), visiting: new Set(), load: new Map() };
const assign = (people: Person[], needs: Wanted[], doing = free): (string | string[])[] =>
  assignErrands(people, needs, { doing, nowMs: NOW, local: LOCAL }).map((given: Given) =>
    'person' in given ? given.person.caregiverId : given.shortfalls,
  );

describe('errands solved together', () => {
  it('take less way in all than the nearest for each in turn', () => {
    // One by one the first takes `middle`, and the second is left with the one who is far away.
    const people = [person('middle', 1), person('left', 0)];
    expect(assign(people, [wanted(0.9), wanted(2)])).toEqual(['left', 'middle']);
  });

  it('go by the routes that are known, not by the straight line', () => {
    const people = [person('across the river', 0.1), person('same bank', 1)];
    const routed = new Map([['across the river', 40]]);
    expect(assign(people, [wanted(0, 1, { routed })])).toEqual(['same bank']);
    expect(assign(people, [wanted(0)])).toEqual(['across the river']);
  });

  it('give the gravest priority first, whatever it costs the others', () => {
    expect(assign([person('only', 0)], [wanted(0, 2), wanted(3, 1)])).toEqual([
      ['all_busy', 'hand_over_120'],
      'only',
    ]);
  });

  it('serve as many as can be served', () => {
    // `b` reaches both, `a` only the first: the second is served although `b` is nearer to the first.
    const people = [person('a', -10), person('b', 0.5)];
    expect(assign(people, [wanted(0), wanted(11.5)])).toEqual(['a', 'b']);
  });

  it('give nobody who is on an emergency, being asked, off shift, of another trade, or has declined', () => {
    const people = [
      person('on', 0),
      person('asked', 0),
      person('off', 0, { shifts: [] }),
      person('technician', 0, { role: 'technician' }),
      person('declined', 0),
      person('free', 3),
    ];
    const doing = { ...free, emergency: new Set(['on']), askedEmergency: new Set(['asked']) };
    const need = wanted(0, 1, { asked: new Map([['declined', 'declined_this_order']]) });
    expect(assign(people, [need], doing)).toEqual(['free']);
  });

  it('say why there is nobody', () => {
    expect(assign([], [wanted(0)])).toEqual([['no_caregivers', 'hand_over_120']]);
    expect(assign([person('off', 0, { shifts: [] })], [wanted(0), wanted(1)])).toEqual([
      ['nobody_on_shift', 'hand_over_120'],
      ['nobody_on_shift', 'hand_over_120'],
    ]);
    expect(assign([person('far', 40)], [wanted(0)])).toEqual([['outside_circle', 'hand_over_120']]);
  });

  it('take people and homes whose place is unknown', () => {
    expect(assign([person('somewhere', 0, { place: null })], [wanted(0)])).toEqual(['somewhere']);
    expect(assign([person('near', 0)], [wanted(0, 1, { place: null })])).toEqual(['near']);
  });

  it('of one alone are what the ranking puts first', () => {
    const people = Array.from({ length: 60 }, (_, i) =>
      person(`c${i}`, ((i * 37) % 50) / 10, { stars: (i % 5) + 1, languages: i % 3 === 0 ? ['粤语'] : [] }),
    );
    for (const km of [0, 1, 2.5]) {
      const one = wanted(km, 1, { languages: ['粤语'], familiar: new Set(['c7', 'c30']) });
      const [best] = choose(people, one.need, free, NOW, LOCAL).candidates;
      expect(assign(people, [one])).toEqual([best?.person.caregiverId]);
    }
  });
});
