import { describe, expect, it } from 'vitest';
import { hashSecret } from '../../platform/crypto/secrets.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';
import { type Harness, startHarness } from '../http/testing/harness.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
    for (const id of ['h1', 'h2']) await h.admin('POST', '/homes', { id, street: '莲花' });
    await h.admin('POST', '/devices', { id: 'old', homeId: 'h1', kind: 'pir', zone: 'bathroom' });
    await h.pool.query(
      `insert into orders (id, home_id, street, service, emergency, state, created_at, version, doc)
       values ('o1', 'h1', '莲花', 'repair', false, 'on_scene', now(), 1, '{}'),
              ('o2', 'h2', '莲花', 'repair', false, 'on_scene', now(), 1, '{}')`,
    );
  },
  () => h.close(),
);

describe('a device that is replaced', () => {
  it('gives its place to a new one with a secret of its own, and it is kept that it was so', async () => {
    const { call } = await h.userOf('technician');
    const replace = (body: object, id = 'old') => call('POST', `/devices/${id}/replace`, body);
    expect((await replace({ reason: 'whim' })).body.problems).toMatchObject([{ field: 'reason' }]);
    const elsewhere = await replace({ reason: 'broken', orderId: 'o2' });
    expect(elsewhere.body.problems).toMatchObject([{ field: 'orderId' }]);
    expect((await replace({ reason: 'broken', id: 'old' })).status).toBe(409);
    expect((await h.admin('GET', '/devices/old')).status).toBe(200);

    const done = await replace({ reason: 'broken', id: 'new', externalId: '0x01', orderId: 'o1' });
    expect(done).toMatchObject({
      status: 201,
      body: { id: 'new', homeId: 'h1', kind: 'pir', zone: 'bathroom', externalId: '0x01', replaces: 'old' },
    });
    expect((await h.admin('GET', '/devices/old')).status).toBe(404);
    const { rows } = await h.pool.query<{ secret_hash: Buffer }>(
      `select secret_hash from devices where id = 'new' and retired_at is null`,
    );
    expect(rows[0]?.secret_hash.equals(hashSecret(done.body.secret as string))).toBe(true);
    expect((await replace({ reason: 'broken' })).status).toBe(404);
    const again = await replace({ reason: 'battery' }, 'new');
    expect(again.status).toBe(201);
    expect((await call('GET', '/replacements?deviceId=new')).body.items).toMatchObject([
      { oldId: 'new', newId: again.body.id, reason: 'battery', orderId: null },
      { oldId: 'old', newId: 'new', homeId: 'h1', kind: 'pir', zone: 'bathroom', orderId: 'o1' },
    ]);
    const audited = (await h.admin('GET', '/audit?object=device:old')).body.items;
    expect(audited.map((entry: { action: string }) => entry.action)).toContain('device.replace');
    const { rows: told } = await h.pool.query(
      `select body from home_inputs where kind = 'devices' order by id`,
    );
    expect(told.map((row) => row.body.deviceId)).toEqual(expect.arrayContaining(['old', 'new']));
  });

  it('is seen only by those whose street it is in', async () => {
    const { call } = await h.userOf('supervisor', { streets: ['福保'] });
    expect((await call('GET', '/replacements')).body.items).toEqual([]);
    await h.admin('POST', '/devices', { id: 'theirs', homeId: 'h2', kind: 'pir' });
    expect((await call('POST', '/devices/theirs/replace', { reason: 'broken' })).status).toBe(404);
  });
});
