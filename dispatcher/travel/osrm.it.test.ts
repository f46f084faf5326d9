import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { press } from '../../alerts/testing/signals.ts';
import { silentLog } from '../../platform/log.ts';
import { ManualClock } from '../../platform/manual-clock.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { district, HOME, S, T0 } from '../testing/district.ts';
import { osrmTravelTimes } from './osrm.ts';

/** Answers as `osrm-routed` documents it: minutes on the way are told by the test, by profile and longitude,latitude. */
type Answer = (asked: { profile: string; from: string[] }) => { status?: number; body: unknown } | undefined;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function routed(answer: Answer, timeoutMs = 2_000) {
  const asked: { profile: string; from: string[] }[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://osrm');
    const [, service, version, profile = '', coordinates = ''] = url.pathname.split('/');
    const places = coordinates.split(';');
    const sources = (url.searchParams.get('sources') ?? '').split(';').map(Number);
    const question = { profile, from: sources.map((i) => places[i] ?? '') };
    const wellAsked =
      service === 'table' &&
      version === 'v1' &&
      places.length <= 100 &&
      places.every((place) => /^-?\d+\.\d+,-?\d+\.\d+$/.test(place)) &&
      url.searchParams.get('destinations') === String(places.length - 1) &&
      url.searchParams.get('annotations') === 'duration';
    asked.push(question);
    const told = wellAsked ? answer(question) : { status: 400, body: { code: 'InvalidQuery' } };
    if (told === undefined) return; // never answers
    response.writeHead(told.status ?? 200, { 'content-type': 'application/json' });
    response.end(typeof told.body === 'string' ? told.body : JSON.stringify(told.body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const metrics = createMetrics({ process: false });
  const clock = new ManualClock(T0);
  const times = osrmTravelTimes(
    {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      profiles: { foot: 'foot', bicycle: 'bike', e_bike: 'bike', car: 'car' },
      timeoutMs,
    },
    { clock, log: silentLog(), metrics },
  );
  const counted = async (name: string): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return { asked, times, clock, metrics, counted };
}
const minutes =
  (of: (profile: string, place: string) => number | null): Answer =>
  ({ profile, from }) => ({
    body: {
      code: 'Ok',
      durations: from.map((place) => [of(profile, place) === null ? null : (of(profile, place) ?? 0) * 60]),
      sources: from.map(() => ({ hint: '', distance: 1, name: '', location: [0, 0] })),
      destinations: [{ hint: '', distance: 1, name: '', location: [0, 0] }],
    },
  });
const near = (n: number) => ({ lat: HOME.lat + n / 1000, lon: HOME.lon });

test('a table for each profile, in batches that OSRM takes; no way is a very long one; who sits together is asked for once', async () => {
  const { times, asked, counted } = await routed(
    minutes((profile, place) => (place.endsWith('22.5671') ? null : profile === 'car' ? 4 : 9)),
  );
  const many = Array.from({ length: 150 }, (_, i) => ({
    id: `w${i}`,
    place: near(i + 20),
    vehicle: 'foot' as const,
  }));
  const found = await times.to(HOME, [
    { id: 'car', place: near(1), vehicle: 'car' },
    { id: 'same post', place: near(1), vehicle: 'car' },
    { id: 'bike', place: near(2), vehicle: 'e_bike' },
    { id: 'island', place: near(10), vehicle: 'foot' },
    ...many,
  ]);
  expect([found.get('car'), found.get('same post'), found.get('bike'), found.get('w149')]).toEqual([
    4, 4, 9, 9,
  ]);
  expect(found.get('island')).toBeGreaterThan(600);
  expect(asked.map(({ profile, from }) => [profile, from.length]).toSorted()).toEqual([
    ['bike', 1],
    ['car', 1],
    ['foot', 52],
    ['foot', 99],
  ]);
  expect(await counted('yinling_travel_times_total')).toContain(
    'yinling_travel_times_total{by="routed"} 154',
  );
});

test('a way is kept for a quarter of an hour', async () => {
  const { times, asked, clock } = await routed(minutes(() => 7));
  const one = [{ id: 'c', place: near(1), vehicle: 'bicycle' as const }];
  await times.to(HOME, one);
  expect((await times.to(HOME, one)).get('c')).toBe(7);
  expect(asked).toHaveLength(1);
  clock.advance(16 * 60 * S);
  await times.to(HOME, one);
  expect(asked).toHaveLength(2);
});

test.each([
  ['refused', () => ({ status: 400, body: { code: 'TooBig', message: 'Too many table coordinates' } })],
  ['refused', () => ({ status: 503, body: 'Service Unavailable' })],
  ['bad_answer', () => ({ body: '<html>' })],
  ['bad_answer', () => ({ body: { code: 'Ok', durations: [] } })],
] as [string, Answer][])(
  'what is no answer (%s) is counted, leaves the straight line, and is not waited for in the next seconds',
  async (outcome, answer) => {
    let mended = false;
    const { times, asked, clock, counted } = await routed((q) => (mended ? minutes(() => 3)(q) : answer(q)));
    const one = [{ id: 'c', place: near(1), vehicle: 'car' as const }];
    expect((await times.to(HOME, one)).size).toBe(0);
    expect((await times.to(HOME, one)).size).toBe(0);
    expect(asked).toHaveLength(1);
    expect(await counted('yinling_travel_requests_total')).toEqual([
      `yinling_travel_requests_total{outcome="${outcome}"} 1`,
    ]);
    expect(await counted('yinling_travel_times_total')).toContain(
      'yinling_travel_times_total{by="straight_line"} 2',
    );
    mended = true;
    clock.advance(11 * S);
    expect((await times.to(HOME, one)).get('c')).toBe(3);
  },
);

test('silence ends after its time, and nobody there is no fault', async () => {
  const one = [{ id: 'c', place: near(1), vehicle: 'car' as const }];
  const silent = await routed(() => undefined, 50);
  expect((await silent.times.to(HOME, one)).size).toBe(0);
  expect(await silent.counted('yinling_travel_requests_total')).toEqual([
    'yinling_travel_requests_total{outcome="timeout"} 1',
  ]);
  const metrics = createMetrics({ process: false });
  const profiles = { foot: 'foot', bicycle: 'bike', e_bike: 'bike', car: 'car' };
  const gone = osrmTravelTimes(
    { url: 'http://127.0.0.1:1', profiles, timeoutMs: 2_000 },
    { clock: new ManualClock(T0), log: silentLog(), metrics },
  );
  expect((await gone.to(HOME, one)).size).toBe(0);
  expect(await metrics.text()).toContain('yinling_travel_requests_total{outcome="unreachable"} 1');
});

test('a recommendation and an offer go by the routes, and say so; the vehicle decides the profile', async () => {
  // Across the expressway: 300 m away and 11 minutes round; the one with a car is further off and there sooner.
  const { times, asked } = await routed(minutes((profile) => (profile === 'car' ? 3 : 11)));
  const d = await district({ travelTimes: times });
  try {
    await d.home('h1');
    await d.caregiver('across', { km: 0.3 });
    await d.caregiver('driver', { km: 1.5 });
    await d.pool.query(`update caregivers set vehicle = 'car', version = version + 1 where id = 'driver'`);
    const { alerts } = await d.raise([press()]);
    const id = alerts[0]?.id ?? '';
    const found = await d.alerts.recommend(id);
    expect(found?.candidates.map(({ caregiverId, travelMinutes }) => [caregiverId, travelMinutes])).toEqual([
      ['driver', 8],
      ['across', 13],
    ]);
    expect(found?.candidates[0]?.reasons).toEqual(
      expect.arrayContaining(['travel:8min', 'way:routed', 'within_15_min']),
    );
    expect(found?.candidates[1]?.reasons).toContain('travel:13min');
    await d.pass(30 * S);
    expect((await d.ordersOf(id))[0]?.offers[0]).toMatchObject({ caregiverId: 'driver' });
    expect(new Set(asked.map(({ profile }) => profile))).toEqual(new Set(['car', 'bike']));
  } finally {
    await d.end();
  }
});

test('with the routing service out of order help is sent all the same, by straight line, and that is said', async () => {
  const { times } = await routed(() => ({ status: 500, body: 'no' }));
  const d = await district({ travelTimes: times });
  try {
    await d.home('h1');
    await d.caregiver('c1', { km: 0.3 });
    const { alerts } = await d.raise([press()]);
    const id = alerts[0]?.id ?? '';
    expect((await d.alerts.recommend(id))?.candidates[0]?.reasons).toContain('way:straight_line');
    await d.pass(30 * S);
    expect((await d.ordersOf(id))[0]?.offers[0]).toMatchObject({ caregiverId: 'c1' });
  } finally {
    await d.end();
  }
});
