import { describe, expect, it } from 'vitest';
import { type Household, householdCost, ringOf } from './household.ts';
import { choose, type Doing, type Need, type Person } from './rank.ts';
import { roleFit } from './role-fit.ts';

const HOME = { lat: 22.5571, lon: 114.0592 };
const here = { street: '莲花', community: '梅岭' };
const household: Household = {
  keyHolders: new Set(),
  preferred: new Set(),
  avoided: new Set(),
  gender: null,
  network: here,
};
const person = (caregiverId: string, patch: Partial<Person> = {}): Person => ({
  caregiverId,
  role: 'care_worker',
  skills: [],
  stars: 3,
  languages: [],
  place: HOME,
  locatedAtMs: null,
  shifts: [{ fromMs: null, toMs: null, weekly: null }],
  ...patch,
});
const need = (emergency: boolean, patch: Partial<Household> = {}): Need => ({
  fit: roleFit('sos', 'urgent'),
  skill: 'urgent',
  emergency,
  place: HOME,
  languages: [],
  familiar: new Set(),
  asked: new Map(),
  household: { ...household, ...patch },
});
const free: Doing = { emergency: new Set(), askedEmergency: new Set(), visiting: new Set(), load: new Map() };
const first = (people: Person[], wanted: Need, doing = free) => {
  const { candidates, shortfalls } = choose(people, wanted, doing, 0, { minuteOfDay: 0, weekday: 1 });
  return {
    ids: candidates.map((item) => item.person.caregiverId),
    reasons: candidates[0]?.reasons,
    shortfalls,
  };
};

describe('the household', () => {
  it('would rather have whoever holds its key, is preferred, or is of the wished gender', () => {
    expect(first([person('a'), person('b')], need(true, { keyHolders: new Set(['b']) })).ids[0]).toBe('b');
    expect(first([person('a'), person('b')], need(true, { preferred: new Set(['b']) })).ids[0]).toBe('b');
    const women = need(true, { gender: 'female' });
    const found = first([person('a', { gender: 'male' }), person('b', { gender: 'female' })], women);
    expect(found.ids).toEqual(['b', 'a']);
  });

  it('does not get somebody whom it avoids, but in an emergency, last', () => {
    const people = [person('avoided'), person('far', { place: { lat: HOME.lat + 0.02, lon: HOME.lon } })];
    const avoided = { avoided: new Set(['avoided']) };
    expect(first(people, need(true, avoided)).ids).toEqual(['far', 'avoided']);
    expect(first(people, need(false, avoided)).ids).toEqual(['far']);
    expect(first(people.slice(0, 1), need(false, avoided)).shortfalls).toEqual(['all_avoided']);
  });

  it('asks its own community first, then its street, then the district, and says how far out', () => {
    const near = person('c', { post: here });
    const street = person('b', { post: { ...here, community: '景田' } });
    const district = person('a', { post: { street: '福田', community: '' } });
    expect(first([district, street, near], need(true))).toMatchObject({
      ids: ['c', 'b', 'a'],
      shortfalls: [],
    });
    expect(first([district, street], need(true)).shortfalls).toEqual(['nobody_of_community']);
    expect(first([district], need(true)).shortfalls).toEqual(['nobody_of_street']);
    expect(ringOf(null, here)).toBeUndefined();
  });

  it('weighs nothing against a quarter of an hour', () => {
    const far = person('far', { place: { lat: HOME.lat + 0.04, lon: HOME.lon }, post: here });
    const near = person('near', { post: { street: '福田', community: '' }, gender: 'male' });
    const wishing = need(true, { keyHolders: new Set(['far']), gender: 'female' });
    expect(first([far, near], wishing).ids[0]).toBe('near');
    expect(householdCost(near, household)).toBe(3);
  });
});

describe('ratings and rest', () => {
  it('a better standing is preferred where the way is the same', () => {
    expect(
      first([person('a', { standingMin: 1 }), person('b', { standingMin: -1 })], need(true)).ids,
    ).toEqual(['b', 'a']);
  });

  it('whoever has worked their day is not asked; all resting is said', () => {
    const resting = { ...free, resting: new Set(['a']) };
    expect(first([person('a'), person('b')], need(true), resting).ids).toEqual(['b']);
    expect(first([person('a')], need(true), resting).shortfalls).toEqual(['all_resting', 'hand_over_120']);
  });
});
