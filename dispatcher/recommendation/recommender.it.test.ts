import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { press } from '../../alerts/testing/signals.ts';
import { type District, district, T0 } from '../testing/district.ts';

let d: District;
beforeEach(async () => {
  d = await district();
  await d.home('h1');
  await d.pool.query(`update homes set community = '梅岭', key_holders = '{c2}'`);
  await d.pool.query(`update residents set wishes = '{"gender": "female", "avoided": ["c3"]}'`);
  for (const [id, parent, community] of [
    ['station', 'lianhua', '梅岭'],
    ['elsewhere', 'lianhua', '景田'],
  ])
    await d.pool.query(
      `insert into organisations (id, level, parent_id, name, street, community, created_at)
       values ($1, 'community', $2, $1, '莲花', $3, $4)`,
      [id, parent, community, new Date(T0)],
    );
  for (const id of ['c1', 'c2', 'c3']) await d.caregiver(id);
  await d.pool.query(`update caregivers set gender = 'female', post_id = 'station' where id = 'c1'`);
  await d.pool.query(`update caregivers set gender = 'male', post_id = 'elsewhere' where id <> 'c1'`);
});
afterEach(() => d.end());

const recommended = async () => {
  const { alerts } = await d.raise([press()]);
  const found = await d.alerts.recommend(alerts[0]?.id ?? '');
  return {
    ...found,
    reasons: Object.fromEntries(
      (found?.candidates ?? []).map((item) => [item.caregiverId, item.reasons] as const),
    ),
  };
};
const rated = async (caregiverId: string, score: number, minutes = 30) => {
  const id = `o-${caregiverId}-${score}-${minutes}`;
  await d.pool.query(
    `insert into orders (id, home_id, street, service, emergency, state, caregiver_id, created_at, version, doc)
     values ($1, 'h9', '莲花', 'care', false, 'completed', $2, $3, 1, '{}')`,
    [id, caregiverId, new Date(T0 - 86_400_000 * 20)],
  );
  await d.pool.query(
    `insert into visits (order_id, service, home_id, caregiver_id, street, began_at, ended_at, minutes)
     values ($1, 'care', 'h9', $2, '莲花', $3, $4, $5)`,
    [id, caregiverId, new Date(T0 - 3_600_000 - minutes * 60_000), new Date(T0 - 3_600_000), minutes],
  );
  await d.pool.query(`insert into ratings (order_id, score, rated_at, rated_by) values ($1, $2, $3, 'x')`, [
    id,
    score,
    new Date(T0 - 3_000_000),
  ]);
};

describe('a recommendation', () => {
  it('knows who holds the key, what is wished, and where in the network everybody is', async () => {
    const { candidates, reasons } = await recommended();
    expect(candidates?.map((item) => item.caregiverId)).toEqual(['c2', 'c1', 'c3']);
    expect(reasons['c1']).toContain('network:community');
    expect(reasons['c2']).toEqual(
      expect.arrayContaining(['key_holder', 'network:street', 'other_gender_than_wished']),
    );
    expect(reasons['c3']).toContain('avoided');
  });

  it('counts the ratings, with their prior, and lets rest whoever has worked their day', async () => {
    await rated('c2', 10);
    await rated('c1', 9, 600);
    const { candidates, rejected } = await recommended();
    expect(candidates?.[0]?.caregiverId).toBe('c2');
    expect(rejected).toMatchObject([{ caregiverId: 'c1', reasons: ['resting'] }]);
  });
});
