import { describe, expect, it } from 'vitest';
import { STANDARD_RULES } from '../../schemas/rules.ts';
import type { Person } from '../recommendation/rank.ts';
import { localMinutes } from '../recommendation/local-minute.ts';
import { type Booking, type Entry, obstaclesTo, type PlanFacts, planVisit } from './plan-visit.ts';
import { restObstacle } from './rest.ts';

const at = (text: string): number => Date.parse(`2026-01-12T${text}:00+08:00`);
const MIN = 60_000;
const here = { lat: 22.5571, lon: 114.0592 };
/** About so many km to the north. */
const km = (n: number) => ({ lat: here.lat + n / 111.2, lon: here.lon });

const person = (id: string, more: Partial<Person> = {}): Person => ({
  caregiverId: id,
  role: 'care_worker',
  skills: [],
  stars: 3,
  languages: [],
  place: here,
  locatedAtMs: null,
  shifts: [{ fromMs: at('08:00'), toMs: at('20:00'), weekly: null }],
  ...more,
});
const booking = (from: string, minutes = 60, more: Partial<Booking> = {}): Booking => ({
  orderId: 'new',
  fromMs: at(from),
  toMs: at(from) + minutes * MIN,
  place: here,
  fit: { first: ['care_worker'], second: ['volunteer'] },
  skill: 'bath',
  languages: [],
  wishes: { gender: null, preferred: [], avoided: [] },
  familiar: new Set(),
  asked: new Map(),
  ...more,
});
const entry = (from: string, minutes = 60, place = here): Entry => ({
  orderId: `at-${from}`,
  fromMs: at(from),
  toMs: at(from) + minutes * MIN,
  place,
});
const facts = (diary: Record<string, Entry[]> = {}, more: Partial<PlanFacts> = {}): PlanFacts => ({
  diaries: new Map(Object.entries(diary)),
  genders: new Map(),
  scores: new Map(),
  ...STANDARD_RULES,
  local: localMinutes('Asia/Shanghai'),
  ...more,
});

describe('a booked visit', () => {
  it.each([
    ['07:30', 60, ['off_shift']],
    ['08:00', 60, []],
    ['19:00', 60, []],
    ['19:15', 60, ['off_shift']],
  ])('at %s for %i min lies within the whole shift', (from, minutes, reasons) => {
    expect(obstaclesTo(person('a'), booking(from, minutes), facts())).toEqual(reasons);
  });

  it('is not given to who is on leave in the middle of it', () => {
    const leave = { fromMs: at('10:30'), toMs: at('10:40'), weekly: null, off: true };
    const a = person('a', { shifts: [...person('a').shifts, leave] });
    expect(obstaclesTo(a, booking('10:00'), facts())).toEqual(['off_shift']);
  });

  it('leaves time for the way between two homes', () => {
    const far = km(5);
    const busy = { a: [entry('10:00', 60, here)] };
    expect(obstaclesTo(person('a'), booking('11:05'), facts(busy))).toEqual(['clash:at-10:00']);
    expect(obstaclesTo(person('a'), booking('11:10'), facts(busy))).toEqual([]);
    expect(obstaclesTo(person('a'), booking('11:10', 60, { place: far }), facts(busy))).toEqual([
      'clash:at-10:00',
    ]);
    expect(obstaclesTo(person('a'), booking('11:45', 60, { place: far }), facts(busy))).toEqual([]);
    expect(obstaclesTo(person('a'), booking('08:55'), facts(busy))).toEqual(['clash:at-10:00']);
  });

  it('heeds what the resident wishes', () => {
    const wishes = { gender: 'female', preferred: ['c'], avoided: ['b'] };
    const genders = new Map([
      ['a', 'male'],
      ['b', 'female'],
      ['c', 'female'],
      ['d', 'female'],
    ]);
    const people = ['a', 'b', 'c', 'd'].map((id) => person(id));
    const choice = planVisit(people, booking('10:00', 60, { wishes }), facts({}, { genders }));
    expect(choice.candidates.map((item) => item.person.caregiverId)).toEqual(['c', 'd']);
    expect(choice.candidates[0]?.reasons).toContain('preferred_by_resident');
    expect(obstaclesTo(person('a'), booking('10:00', 60, { wishes }), facts({}, { genders }))).toEqual([
      'wished_gender:female',
    ]);
  });

  it('goes to whom the resident knows, then by way and score', () => {
    const people = [person('near'), person('known', { place: km(0.5) }), person('loved', { place: km(0.3) })];
    const familiar = new Set(['known']);
    const scores = new Map([['loved', { count: 40, sum: 400 }]]);
    const order = planVisit(people, booking('10:00', 60, { familiar }), facts({}, { scores })).candidates;
    expect(order.map((item) => item.person.caregiverId)).toEqual(['known', 'near', 'loved']);
  });

  it.each([
    [[], 'no_caregivers'],
    [[person('a', { role: 'doctor' })], 'no_such_role'],
    [[person('a', { shifts: [] }), person('b', { role: 'doctor' })], 'nobody_on_shift'],
    [[person('busy')], 'all_busy'],
    [[person('tired')], 'all_resting'],
    [[person('a', { place: km(50) })], 'outside_circle'],
  ])('says why there is nobody: %#', (people, reason) => {
    const diary = { busy: [entry('10:00')], tired: [entry('08:00', 60), entry('09:10', 170)] };
    const wanted = people[0]?.caregiverId === 'tired' ? booking('12:11', 60) : booking('10:00');
    expect(planVisit(people, wanted, facts(diary))).toEqual({ candidates: [], shortfalls: [reason] });
  });
});

describe('rest', () => {
  const rule = { maxMinutesPerDay: 480, minRestMinutes: 600, breakAfterMinutes: 240, breakMinutes: 30 };
  const span = (from: number, hours: number) => ({
    fromMs: at('00:00') + from * 60 * MIN,
    toMs: at('00:00') + (from + hours) * 60 * MIN,
  });

  it('is between days of work, wherever midnight lies', () => {
    const night = [span(20, 3), span(23.5, 1.5)];
    expect(restObstacle(span(26, 2), night, rule)).toBeUndefined();
    // From eight in the evening to half past ten in the morning leaves no ten hours of 24.
    expect(restObstacle(span(33, 1.5), night, rule)).toBe('resting');
    expect(restObstacle(span(35, 3), night, rule)).toBeUndefined();
  });

  it('is also a limit to the minutes of a day, and a break in a long stretch', () => {
    const day = [span(8, 3), span(12, 3)];
    expect(restObstacle(span(16, 2), day, rule)).toBeUndefined();
    expect(restObstacle(span(16, 2.1), day, rule)).toBe('day_full');
    expect(restObstacle(span(11.1, 0.8), [span(8, 3)], rule)).toBeUndefined();
    expect(restObstacle(span(11.1, 1.5), [span(8, 3)], rule)).toBe('no_break');
    expect(restObstacle(span(8, 5), [], rule)).toBeUndefined();
  });
});
