import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { credentialLookup } from '../broker/credential-store.ts';
import { type Harness, startHarness } from '../dispatcher/http/testing/harness.ts';

let h: Harness;
beforeAll(async () => {
  h = await startHarness();
});
afterAll(() => h.close());

const hash = (secret: string): Buffer => createHash('sha256').update(secret).digest();
let made = 0;
const fresh = (name: string): string => `${name}-${(made += 1)}`;

it('a device’s secret is rotated with an overlap: both are good until the old one ends', async () => {
  const [home, id] = [fresh('home'), fresh('button')];
  await h.admin('POST', '/homes', { id: home, street: '莲花' });
  const { secret: first } = (await h.admin('POST', '/devices', { id, homeId: home, kind: 'sos_button' }))
    .body;
  const rotated = await h.admin('POST', `/devices/${id}/secret`, { overlapS: 3_600 });
  const untilMs = h.clock.now() + 3_600_000;
  expect(rotated).toMatchObject({ status: 200, body: { previousUntil: new Date(untilMs).toISOString() } });
  const credentialsOf = async () => (await credentialLookup(h.pool)([id])).get(id) ?? [];
  const principal = { type: 'device', id, homeId: home };
  expect(await credentialsOf()).toEqual([
    { principal, secretHash: hash(rotated.body.secret) },
    { principal, secretHash: hash(first), untilMs },
  ]);
  // A thief's secret is not kept by rotating again: without an overlap only the newest is good.
  const last = await h.admin('POST', `/devices/${id}/secret`);
  expect(last).toMatchObject({ status: 200, body: { previousUntil: null } });
  expect(await credentialsOf()).toEqual([{ principal, secretHash: hash(last.body.secret) }]);
});

it('a bridge’s old secret is good over HTTP until its overlap ends, and no longer', async () => {
  const [home, id] = [fresh('home'), fresh('cloud')];
  await h.admin('POST', '/homes', { id: home, street: '莲花' });
  const { secret: first } = (await h.admin('POST', '/bridges', { id, homes: [home] })).body;
  const { secret: second } = (await h.admin('POST', `/bridges/${id}/secret`, { overlapS: 60 })).body;
  const says = async (secret: string) =>
    (
      await h.as(secret)('POST', '/ingest', [
        { homeId: home, deviceId: 'x', channel: 'status', payload: { online: true } },
      ])
    ).status;
  expect([await says(first), await says(second)]).toEqual([200, 200]);
  h.clock.advance(60_000);
  expect([await says(first), await says(second)]).toEqual([401, 200]);
});

it.each([{ overlapS: -1 }, { overlapS: 1.5 }, { overlapS: 1e9 }, { overlapS: 'long' }, { overlap: 60 }])(
  'an overlap of %j is refused',
  async (body) => {
    const [home, id] = [fresh('home'), fresh('pir')];
    await h.admin('POST', '/homes', { id: home, street: '莲花' });
    await h.admin('POST', '/devices', { id, homeId: home, kind: 'pir' });
    expect((await h.admin('POST', `/devices/${id}/secret`, body)).status).toBe(400);
  },
);

it('a device’s secret opens no route of people or bridges', async () => {
  const [home, id] = [fresh('home'), fresh('stolen')];
  await h.admin('POST', '/homes', { id: home, street: '莲花' });
  const { secret } = (await h.admin('POST', '/devices', { id, homeId: home, kind: 'pir' })).body;
  for (const [method, path, body] of [
    ['GET', '/me'],
    ['GET', '/alerts'],
    ['GET', `/homes/${home}`],
    ['GET', `/homes/${home}/readings`],
    ['POST', `/devices/${id}/secret`],
    ['POST', '/ingest', []],
    ['GET', '/stream'],
  ] as const)
    expect([path, (await h.as(secret)(method, path, body)).status]).toEqual([path, 401]);
});
