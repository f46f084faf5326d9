import { expect, test } from 'vitest';
import { mapTilesOf, originOf } from './map-tiles.ts';

const read = (env: Record<string, string>) => {
  const problems: string[] = [];
  return { tiles: mapTilesOf(env, problems), problems };
};

test('maps have no tiles unless asked for', () => {
  expect(read({})).toEqual({ tiles: undefined, problems: [] });
});
test('an address or a path of our own, with what goes with it', () => {
  const { tiles, problems } = read({
    MAP_TILES_URL: 'https://t0.tianditu.gov.cn/{z}/{x}/{y}.png?tk=key',
    MAP_TILES_ATTRIBUTION: '天地图',
    MAP_TILES_DATUM: 'gcj02',
    MAP_TILES_MAX_ZOOM: '17',
  });
  expect(problems).toEqual([]);
  expect(tiles).toMatchObject({ attribution: '天地图', datum: 'gcj02', maxZoom: 17 });
  expect(originOf(tiles)).toBe('https://t0.tianditu.gov.cn');
  expect(originOf(read({ MAP_TILES_URL: '/tiles/{z}/{x}/{y}.png' }).tiles)).toBeUndefined();
});
test('what is wrong is named without the value, which may hold a key', () => {
  for (const url of ['ftp://x/{z}/{x}/{y}', '//x/{z}/{x}/{y}', 'https://x/{z}/{x}?tk=secret', 'tiles'])
    expect(read({ MAP_TILES_URL: url }).problems).toEqual([
      'MAP_TILES_URL: must be an address http(s)://… or a path /…, with {z}, {x} and {y} in it',
    ]);
  expect(read({ MAP_TILES_DATUM: 'gcj02' }).problems).toEqual([
    'MAP_TILES_URL: is needed by MAP_TILES_DATUM',
  ]);
  const { problems } = read({
    MAP_TILES_URL: '/t/{z}/{x}/{y}',
    MAP_TILES_DATUM: 'bd09',
    MAP_TILES_MAX_ZOOM: '99',
  });
  expect(problems.map((p) => p.split(':')[0])).toEqual(['MAP_TILES_DATUM', 'MAP_TILES_MAX_ZOOM']);
});
