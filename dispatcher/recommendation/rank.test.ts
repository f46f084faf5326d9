import { describe, expect, it } from 'vitest';
import { type Doing, type Need, type Person, rank } from './rank.ts';
import { roleFit, serviceOfKind } from './role-fit.ts';
import { minuteOf, onShift, type Shift } from './shift.ts';
import { straightLine } from './travel.ts';

const NOW = Date.parse('2026-01-12T08:00:00.000Z'); // Monday 16:00 in Shenzhen
const LOCAL = { minuteOfDay: 16 * 60, weekday: 1 };
const HOME = { lat: 22.5571, lon: 114.0592 };
const KM = 1 / 111.2;
const always: Shift = { fromMs: null, toMs: null, weekly: null };

const person = (caregiverId: string, patch: Partial<Person> = {}): Person => ({
  caregiverId,
  role: 'care_worker',
  skills: [],
  stars: 3,
  languages: [],
  place: { lat: HOME.lat + 0.5 * KM, lon: HOME.lon },
  locatedAtMs: null,
  shifts: [always],
  ...patch,
});
const at = (km: number) => ({ lat: HOME.lat + km * KM, lon: HOME.lon });
const need: Need = {
  fit: roleFit('sos', 'urgent'),
  skill: 'urgent',
  emergency: true,
  place: HOME,
  languages: [],
  familiar: new Set(),
  asked: new Map(),
};
const free: Doing = { emergency: new Set(), askedEmergency: new Set(), visiting: new Set(), load: new Map() };
const ids = (items: readonly { person: Person }[]) => items.map((item) => item.person.caregiverId);
const reasonsOf = (people: Person[], wanted: Need = need, doing: Doing = free) =>
  Object.fromEntries(
    rank(people, wanted, doing, NOW, LOCAL).rejected.map((item) => [item.person.caregiverId, item.reasons]),
  );

describe('the ranking', () => {
  it('puts the nearest first, with reasons', () => {
    const { candidates, shortfalls } = rank(
      [person('far', { place: at(2) }), person('near', { place: at(0.3) })],
      need,
      free,
      NOW,
      LOCAL,
    );
    expect(ids(candidates)).toEqual(['near', 'far']);
    expect(candidates[0]?.reasons).toEqual(
      expect.arrayContaining(['on_shift', 'role:care_worker', 'stars:3', 'within_15_min', 'nearest']),
    );
    expect(shortfalls).toEqual([]);
  });

  it('prefers stars, familiarity and language where the way is about the same', () => {
    const people = [
      person('plain'),
      person('stars', { stars: 5 }),
      person('known'),
      person('cantonese', { languages: ['粤语'] }),
    ];
    const wanted = { ...need, familiar: new Set(['known']), languages: ['粤语'] };
    expect(ids(rank(people, wanted, free, NOW, LOCAL).candidates)).toEqual([
      'known',
      'stars',
      'cantonese',
      'plain',
    ]);
  });

  it('names every constraint that somebody fails', () => {
    const doing: Doing = { ...free, emergency: new Set(['busy']), askedEmergency: new Set(['asked']) };
    expect(
      reasonsOf(
        [
          person('technician', { role: 'technician', shifts: [] }),
          person('busy'),
          person('asked'),
          person('declined'),
          person('distant', { place: at(4) }),
          person('ok'),
        ],
        { ...need, asked: new Map([['declined', 'declined_this_order']]) },
        doing,
      ),
    ).toEqual({
      technician: ['role', 'off_shift'],
      busy: ['busy_emergency'],
      asked: ['asked_emergency'],
      declined: ['declined_this_order'],
      distant: ['too_far'],
    });
  });

  it('widens the ring when nobody is within 15 minutes, and says so', () => {
    const { candidates, shortfalls } = rank([person('street', { place: at(4) })], need, free, NOW, LOCAL);
    expect(ids(candidates)).toEqual(['street']);
    expect(candidates[0]?.reasons).toContain('ring:2');
    expect(shortfalls).toEqual(['outside_circle']);
  });

  it.each<[string, Person[], Doing, string]>([
    ['there is no caregiver', [], free, 'no_caregivers'],
    ['no role fits', [person('v', { role: 'technician' })], free, 'no_such_role'],
    ['nobody is on shift', [person('a', { shifts: [] })], free, 'nobody_on_shift'],
    ['all are busy', [person('a')], { ...free, emergency: new Set(['a']) }, 'all_busy'],
    ['all are too far', [person('a', { place: at(200) })], free, 'outside_circle'],
  ])('says why when %s', (_name, people, doing, shortfall) => {
    const { candidates, shortfalls } = rank(people, need, doing, NOW, LOCAL);
    expect(candidates).toEqual([]);
    expect(shortfalls).toEqual([shortfall, 'hand_over_120']);
  });

  it('keeps people whose place is unknown, behind those who are known to be near', () => {
    const { candidates } = rank([person('a', { place: null }), person('b')], need, free, NOW, LOCAL);
    expect(ids(candidates)).toEqual(['b', 'a']);
    expect(candidates[1]).toMatchObject({ travel: null });
  });

  it('ranks without the way when the home has no place', () => {
    const { candidates, shortfalls } = rank([person('a')], { ...need, place: null }, free, NOW, LOCAL);
    expect(ids(candidates)).toEqual(['a']);
    expect(shortfalls).toEqual(['home_place_unknown']);
  });

  it('trusts a stale place less and says its age', () => {
    const people = [
      person('stale', { locatedAtMs: NOW - 45 * 60_000 }),
      person('fresh', { locatedAtMs: NOW }),
    ];
    const { candidates } = rank(people, need, free, NOW, LOCAL);
    expect(ids(candidates)).toEqual(['fresh', 'stale']);
    expect(candidates[1]?.reasons).toContain('stale_place:45min');
  });

  it('takes somebody off an ordinary visit only for an emergency', () => {
    const doing = { ...free, visiting: new Set(['a']) };
    expect(ids(rank([person('a')], need, doing, NOW, LOCAL).candidates)).toEqual(['a']);
    expect(reasonsOf([person('a')], { ...need, emergency: false }, doing)).toEqual({ a: ['busy_visit'] });
  });

  it('is quick with 4,000 caregivers and names the 200 nearest rejected', () => {
    const people = Array.from({ length: 4000 }, (_, i) =>
      person(`c${i}`, { place: at((i % 100) / 10), role: i % 2 === 0 ? 'care_worker' : 'technician' }),
    );
    const began = performance.now();
    const ranking = rank(people, need, free, NOW, LOCAL);
    expect(performance.now() - began).toBeLessThan(250);
    expect(ranking.rejected).toHaveLength(200);
    expect(ranking.candidates).toHaveLength(50);
  });
});

describe('a weekly shift', () => {
  const weekly = (days: number[], start: string, end: string): Shift => ({
    fromMs: null,
    toMs: null,
    weekly: { days, startMin: minuteOf(start), endMin: minuteOf(end) },
  });
  it.each([
    ['Mon 22:00 in Mon 22:00–06:00', 1, '22:00', true],
    ['Tue 05:59 after Mon 22:00–06:00', 2, '05:59', true],
    ['Tue 06:00 after it', 2, '06:00', false],
    ['Mon 05:00 before it', 1, '05:00', false],
    ['Tue 23:00', 2, '23:00', false],
  ])('crossing midnight: %s', (_name, weekday, time, on) => {
    expect(onShift(weekly([1], '22:00', '06:00'), NOW, { weekday, minuteOfDay: minuteOf(time) })).toBe(on);
  });
  it('of Sunday night runs into Monday', () => {
    expect(onShift(weekly([7], '20:00', '08:00'), NOW, { weekday: 1, minuteOfDay: 60 })).toBe(true);
  });
  it('by day ends before its end', () => {
    const day = weekly([1, 2], '08:00', '17:00');
    expect(onShift(day, NOW, { weekday: 1, minuteOfDay: 8 * 60 })).toBe(true);
    expect(onShift(day, NOW, { weekday: 1, minuteOfDay: 17 * 60 })).toBe(false);
  });
  it('that is a span counts from its begin to before its end', () => {
    const span: Shift = { fromMs: NOW, toMs: NOW + 1, weekly: null };
    expect(onShift(span, NOW, LOCAL)).toBe(true);
    expect(onShift(span, NOW + 1, LOCAL)).toBe(false);
  });
});

describe('the way', () => {
  it('is walked when short and ridden when longer', () => {
    expect(straightLine(at(0.1), HOME).minutes).toBeCloseTo(1.6, 0);
    expect(straightLine(at(2), HOME).minutes).toBeCloseTo(12.4, 0);
  });
  it('is as long as how somebody comes: on foot, by bicycle, by electric bicycle, by car', () => {
    const km3 = (['foot', 'bicycle', 'e_bike', 'car'] as const).map((vehicle) =>
      Math.round(straightLine(at(3), HOME, vehicle).minutes),
    );
    expect(km3).toEqual([49, 22, 18, 15]);
    // Nobody fetches the car for 200 m.
    expect(straightLine(at(0.2), HOME, 'car').minutes).toBe(straightLine(at(0.2), HOME, 'foot').minutes);
    expect(straightLine(at(3), HOME, null)).toEqual(straightLine(at(3), HOME, 'e_bike'));
  });
  it('is the one that a routing service knows, and each candidate says which it was', () => {
    const people = [person('routed'), person('reckoned')];
    const { candidates } = rank(people, { ...need, routed: new Map([['routed', 12.5]]) }, free, NOW, LOCAL);
    const ways = Object.fromEntries(candidates.map(({ person, reasons }) => [person.caregiverId, reasons]));
    expect(ways['routed']).toEqual(expect.arrayContaining(['travel:12.5min', 'way:routed']));
    expect(ways['reckoned']).toContain('way:straight_line');
    expect(ids(candidates)).toEqual(['reckoned', 'routed']);
  });
});

describe('who fits', () => {
  it('vitals call a nurse, a broken device a technician, a meal a volunteer', () => {
    expect(roleFit('vitals', serviceOfKind('vitals')).first).toContain('nurse');
    expect(roleFit('device_offline', serviceOfKind('device_offline')).first).toEqual(['technician']);
    expect(roleFit('service_request', 'meal').first).toContain('volunteer');
    expect(roleFit(null, 'medical').first).toEqual(['nurse', 'doctor']);
  });
});
