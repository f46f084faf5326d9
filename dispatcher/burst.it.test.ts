import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { press, vitals } from '../alerts/testing/signals.ts';
import { dedupKey } from '../schemas/alert.ts';
import type { Signal } from '../schemas/signal.ts';
import { until } from '../tests/support/until.ts';
import { caregiver, type District, district, HOME, operator, S, T0, valueOf } from './testing/district.ts';

let d: District;
beforeEach(async () => {
  d = await district();
});
afterEach(() => d.end());

const pressOf = (homeId: string): Signal => press({ homeId, dedupKey: dedupKey.emergency(homeId) });
const offers = () =>
  d.one<{ n: number; people: number; homes: number }>(
    `select count(*)::int as n, count(distinct f.caregiver_id)::int as people,
       count(distinct o.home_id)::int as homes
     from offers f join orders o on o.id = f.order_id where f.outcome is null`,
  );
const tellingSupervisor = () =>
  d.one<{ n: number }>(
    `select count(*)::int as n from alerts where doc -> 'timeline' @> '[{"note": "supervisor"}]'`,
  );
const offeredTo = async (homeId: string): Promise<string | undefined> =>
  (await d.dispatcher.orders.queries.list({ homeId, limit: 1 })).items[0]?.offers.at(-1)?.caregiverId;

describe('a burst', () => {
  // BURST=10000 is the size of the issue; what it takes is in bench/burst.
  const many = Number(process.env['BURST'] ?? 1_000);

  it('of thousands of alerts at once (BURST=10000 for 10,000) leaves each one offered, or told to the supervisor, on any number of servers (I11)', async () => {
    const other = await d.addServer();
    const people = many / 4;
    const homes = await d.homes(many, 3);
    await d.caregivers(people, 3);
    await d.raise(homes.map(pressOf));
    d.clock.set(T0 + 30 * S);
    await Promise.all([d.dispatcher.settled(), other.settled()]);
    expect(await offers()).toEqual({ n: people, people, homes: people });
    expect(await tellingSupervisor()).toEqual({ n: many - people });
    expect(
      await d.one('select count(distinct alert_id)::int as n, count(*)::int as all from orders'),
    ).toEqual({
      n: many,
      all: many,
    });
    expect(await d.dispatcher.audit()).toEqual({});
  }, 300_000);

  it('is solved together: less way in all than the nearest for each in turn', async () => {
    const km = (n: number) => ({ lat: HOME.lat + n / 111.2, lon: HOME.lon });
    await d.home('h1', km(0.9));
    await d.home('h2', km(2));
    await d.caregiver('left', { km: 0 });
    await d.caregiver('middle', { km: 1 });
    await d.raise([pressOf('h1'), pressOf('h2')]);
    await d.pass(30 * S);
    expect([await offeredTo('h1'), await offeredTo('h2')]).toEqual(['left', 'middle']);
  });

  it('serves the gravest first', async () => {
    for (const home of ['h1', 'h2', 'h3']) await d.home(home);
    await d.caregiver('only');
    await d.raise([
      { ...vitals(2), homeId: 'h1', dedupKey: dedupKey.emergency('h1') },
      { ...vitals(2), homeId: 'h2', dedupKey: dedupKey.emergency('h2') },
      pressOf('h3'),
    ]);
    await d.pass(30 * S);
    expect(await Promise.all(['h1', 'h2', 'h3'].map(offeredTo))).toEqual([undefined, undefined, 'only']);
  });

  it('pulls nobody back who has accepted, and is solved again when things change', async () => {
    for (const home of ['h1', 'h2', 'h3']) await d.home(home);
    await d.caregiver('c1', { km: 0.2 });
    await d.caregiver('c2', { km: 0.4 });
    await d.raise(['h1', 'h2', 'h3'].map(pressOf));
    await d.pass(30 * S);
    const orders = (await d.dispatcher.orders.queries.list({ limit: 10, states: ['offered'] })).items;
    const mine = orders.find((order) => order.offers[0]?.caregiverId === 'c1');
    valueOf(await d.orders.accept(mine?.id ?? '', caregiver('c1'), {}));
    // c2 lets the offer run out; somebody new comes on shift; all that is open is due again within the minute.
    await d.caregiver('c3', { km: 0.3 });
    await d.pass(90 * S);
    expect(await d.order(mine?.id ?? '')).toMatchObject({ state: 'accepted', caregiverId: 'c1' });
    const { rows } = await d.pool.query<{ caregiver_id: string; n: number }>(
      `select caregiver_id, count(*)::int as n from offers group by 1 order by 1`,
    );
    expect(rows.map((row) => row.caregiver_id)).toEqual(['c1', 'c2', 'c3']);
    expect(rows[0]?.n).toBe(1);
    expect(await d.dispatcher.audit()).toEqual({});
  });

  it('leaves to an operator what the operator was quicker with', async () => {
    const homes = await d.homes(20);
    await d.caregivers(10);
    const { alerts } = await d.raise(homes.map(pressOf));
    d.clock.set(T0 + 30 * S);
    const [named] = await Promise.all([
      d.alerts.dispatch(alerts[0]?.id ?? '', operator, { caregiverId: 'c5' }),
      d.dispatcher.settled(),
    ]);
    await d.settled();
    expect(named.ok || named.code).toBe(true);
    expect(await offers()).toMatchObject({ n: 10, people: 10 });
    expect(await d.dispatcher.audit()).toEqual({});
  });

  it('asks whoever was meant for what is over meanwhile about what was to have nobody', async () => {
    await d.homes(2);
    await d.caregiver('only');
    const { alerts } = await d.raise([
      pressOf('b1'),
      { ...vitals(2), homeId: 'b2', dedupKey: dedupKey.emergency('b2') },
    ]);
    d.clock.set(T0 + 60 * S);
    const planning = await d.pool.connect();
    // The alerts have been read for the plan when the people are about to be
    await planning.query('begin; lock table caregivers in access exclusive mode');
    const swept = d.settled();
    await until('the plan waits for the people', async () => {
      const { rows } = await d.pool.query(
        `select 1 from pg_locks where not granted and relation = 'caregivers'::regclass`,
      );
      return rows.length > 0;
    });
    valueOf(await d.alerts.resolve(alerts[0]?.id ?? '', operator, { disposition: 'false_alarm' }));
    await planning.query('commit');
    planning.release();
    await swept;
    expect(await offeredTo('b2')).toBe('only');
    expect(await d.dispatcher.audit()).toEqual({});
  });
});
