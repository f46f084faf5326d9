import { expect, test } from 'vitest';
import { travelTimesOf } from './travel-time.ts';

const read = (env: Record<string, string>) => {
  const problems: string[] = [];
  return { settings: travelTimesOf(env, problems), problems };
};

test('ways are reckoned by straight line unless a service is named', () => {
  expect(read({})).toEqual({ settings: undefined, problems: [] });
});
test('a service, its profiles by how somebody comes, and how long it is waited for', () => {
  expect(read({ TRAVEL_TIME_URL: 'http://osrm-{profile}:5000' })).toEqual({
    problems: [],
    settings: {
      url: 'http://osrm-{profile}:5000',
      profiles: { foot: 'foot', bicycle: 'bike', e_bike: 'bike', car: 'car' },
      timeoutMs: 400,
    },
  });
  const own = { TRAVEL_TIME_PROFILES: 'car=driving, e_bike=ebike', TRAVEL_TIME_TIMEOUT_MS: '150' };
  expect(read({ TRAVEL_TIME_URL: 'https://routes.example/osrm', ...own }).settings).toMatchObject({
    profiles: { foot: 'foot', bicycle: 'bike', e_bike: 'ebike', car: 'driving' },
    timeoutMs: 150,
  });
});
test('what is wrong is named, all of it, without the value', () => {
  for (const url of ['osrm:5000', 'ftp://osrm', '/table', 'http://osrm/?key=secret'])
    expect(read({ TRAVEL_TIME_URL: url }).problems).toEqual([
      'TRAVEL_TIME_URL: must be an address http(s)://… without a query, which may hold {profile}',
    ]);
  expect(read({ TRAVEL_TIME_PROFILES: 'car=driving' }).problems).toEqual([
    'TRAVEL_TIME_URL: is needed by TRAVEL_TIME_PROFILES',
  ]);
  const wrong = {
    TRAVEL_TIME_URL: 'http://osrm',
    TRAVEL_TIME_PROFILES: 'boat=sail',
    TRAVEL_TIME_TIMEOUT_MS: '0',
  };
  expect(read(wrong).problems.map((problem) => problem.split(':')[0])).toEqual([
    'TRAVEL_TIME_PROFILES',
    'TRAVEL_TIME_TIMEOUT_MS',
  ]);
});
