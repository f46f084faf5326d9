import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { randomOf } from '../../devices-sim/random.ts';
import { ACCESS } from '../../dispatcher/http/access.ts';
import { HttpInputs, type OpenApi, routesOf } from './http-inputs.ts';
import { growthMb } from './run.ts';

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/api/openapi.json'), 'utf8'),
) as OpenApi;

it('every route that is served has inputs, but the stream and the logout; each is asked as often as any other', () => {
  const routes = routesOf(document).map(({ method, path }) => `${method} ${path}`);
  const served = Object.keys(ACCESS).map((key) => key.replaceAll(/:(\w+)/g, '{$1}').replace(' ', ' /api/v1'));
  expect(served.filter((route) => !routes.includes(route))).toEqual([
    'DELETE /api/v1/session',
    'GET /api/v1/stream',
  ]);
  const inputs = new HttpInputs(document, ['known']);
  const random = randomOf(1);
  const asked = Array.from(
    { length: routes.length },
    (_, no) => inputs.input(no, random.fork(`${no}`)).route,
  );
  expect(new Set(asked)).toEqual(new Set(routes));
});

it('memory that goes on growing is told from memory that has come to rest', () => {
  const warm = Array.from({ length: 90 }, (_, s) => 300 + Math.min(s, 25) * 20 + (s % 7) * 10);
  expect(Math.abs(growthMb(warm))).toBeLessThan(50);
  expect(growthMb(Array.from({ length: 90 }, (_, s) => 300 + s * 10))).toBeGreaterThan(250);
});
