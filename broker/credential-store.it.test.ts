import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import { credentialLookup } from './credential-store.ts';
import { anewOnRetry } from '../tests/support/anew.ts';

const hash = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const at = new Date('2026-01-12T00:00:00.000Z');

let database: TestDatabase;
anewOnRetry(
  async () => {
    database = await testDatabase();
    const { pool } = database;
    await pool.query(`insert into homes (id, street, personal, created_at) values ('h1', 'Jiyang', '', $1)`, [
      at,
    ]);
    for (const [id, kind, codec, retired] of [
      ['d1', 'sos_button', null, null],
      ['g1', 'gateway', 'zigbee2mqtt', null],
      ['g2', 'gateway', null, null],
      ['old', 'pir', null, at],
    ])
      await pool.query(
        `insert into devices (id, home_id, kind, codec, secret_hash, created_at, retired_at)
       values ($1, 'h1', $2, $3, $4, $5, $6)`,
        [id, kind, codec, hash(String(id)), at, retired],
      );
    for (const id of ['b1', 'd1'])
      await pool.query(`insert into bridges (id, homes, secret_hash, created_at) values ($1, $2, $3, $4)`, [
        id,
        ['h1', 'h2'],
        hash(`bridge ${id}`),
        at,
      ]);
  },
  () => database.drop(),
);

describe('the look-up of credentials', () => {
  it('finds devices, gateways with their codec, and bridges; not the retired, not the unknown', async () => {
    const found = await credentialLookup(database.pool)(['d1', 'g1', 'g2', 'b1', 'old', 'nobody']);
    expect([...found.keys()].sort()).toEqual(['b1', 'd1', 'g1', 'g2']);
    expect(found.get('g1')).toEqual([
      {
        principal: { type: 'gateway', id: 'g1', homeId: 'h1', codec: 'zigbee2mqtt' },
        secretHash: hash('g1'),
      },
    ]);
    expect(found.get('g2')?.[0]?.principal).toEqual({ type: 'gateway', id: 'g2', homeId: 'h1' });
    expect(found.get('b1')?.[0]?.principal).toEqual({ type: 'bridge', id: 'b1', homes: ['h1', 'h2'] });
  });

  it('gives a device and a bridge of one name both: the secret tells them apart', async () => {
    const found = await credentialLookup(database.pool)(['d1']);
    expect(
      found
        .get('d1')
        ?.map(({ principal }) => principal.type)
        .sort(),
    ).toEqual(['bridge', 'device']);
  });

  it('takes names for names', async () => {
    expect(await credentialLookup(database.pool)(["x' or '1'='1"])).toEqual(new Map());
  });
});
