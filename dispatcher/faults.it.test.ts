import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raise } from '../alerts/store.ts';
import { press } from '../alerts/testing/signals.ts';
import { inTransaction } from '../platform/database.ts';
import { dedupKey } from '../schemas/alert.ts';
import type { Signal } from '../schemas/signal.ts';
import { caregiver, type District, district, MIN, operator, S, T0, valueOf } from './testing/district.ts';
import type { WakeUps } from './wake-ups/wake-ups.ts';

let d: District;
afterEach(() => d.end());

const pressOf = (homeId: string): Signal => press({ homeId, dedupKey: dedupKey.emergency(homeId) });
/** Committed, and then nobody was told: as if the process had died in between. */
const raiseUnheard = (...signals: Signal[]) =>
  inTransaction(d.pool, (tx) =>
    raise(tx, signals, {
      now: () => d.clock.now(),
      newId: () => d.newId('a'),
      homeOf: () => ({ residentId: null, canAsk: false }),
    }),
  );

describe('a server that dies', () => {
  beforeEach(async () => {
    d = await district();
    await d.home('h1');
    await d.caregiver('c1');
  });

  it('between commit and notification loses nothing and doubles nothing (I10)', async () => {
    await d.dispatcher.stop();
    const { alerts } = await raiseUnheard(pressOf('h1'));
    const next = await d.addServer();
    const heard: string[] = [];
    next.stream.subscribe((event) => heard.push(event.type));
    await next.settled();
    d.clock.set(T0 + 30 * S);
    await next.settled();
    await next.settled();
    const [order] = await d.ordersOf(alerts[0]?.id ?? '');
    expect(order?.offers.map((offer) => offer.caregiverId)).toEqual(['c1']);
    const { rows } = await d.pool.query('select stream_no from outbox order by stream_no');
    expect(rows.map((row) => row.stream_no)).toEqual(rows.map((_, i) => i + 1));
  });

  it('leaves an acknowledgement as it was, with its deadline (Home Assistant #94857)', async () => {
    const { alerts } = await d.raise([pressOf('h1')]);
    const id = alerts[0]?.id ?? '';
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    await d.dispatcher.stop();
    const next = await d.addServer();
    d.clock.set(T0 + 4 * MIN);
    await next.settled();
    expect(await d.alert(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'wang' });
    expect(await d.ordersOf(id)).toEqual([]);
    d.clock.set(T0 + 6 * MIN);
    await next.settled();
    expect((await d.alert(id)).state).toBe('open');
  });

  it('leaves its deadlines to the others (Grafana OnCall #1206)', async () => {
    const { alerts } = await d.raise([pressOf('h1')]);
    await d.dispatcher.stop();
    d.clock.set(T0 + 5 * MIN);
    const next = await d.addServer();
    await next.settled();
    expect(await d.ordersOf(alerts[0]?.id ?? '')).toMatchObject([{ state: 'offered' }]);
  });
});

describe('a queue that is away', () => {
  it('delays nothing but the wake-up: the sweeper does without (I10)', async () => {
    const away: WakeUps = {
      at: () => Promise.reject(new Error('Redis is gone')),
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
    d = await district({ wakeUps: away });
    await d.home('h1');
    await d.caregiver('c1');
    const { alerts } = await d.raise([pressOf('h1')]);
    // The sweeper's own timer, not the test, is what finds it.
    for (let i = 0; i < 31; i += 1) await d.clock.advanceAsync(S);
    await d.settled();
    const [order] = await d.ordersOf(alerts[0]?.id ?? '');
    expect(order?.offers).toHaveLength(1);
  });
});

describe('a database that cuts its connections', () => {
  it('is gone back to: what was committed is told, what was not is done again (I10)', async () => {
    d = await district();
    const homes = Array.from({ length: 20 }, (_, i) => `h${i}`);
    for (const home of homes) await d.home(home);
    await d.caregiver('c1');
    await d.raise(homes.map(pressOf));
    const cut = () =>
      d.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    d.clock.set(T0 + 30 * S);
    for (let i = 0; i < 5; i += 1) await Promise.allSettled([d.settled(), cut()]);
    d.clock.advance(10 * S);
    await d.settled();
    expect(
      await d.one('select count(*)::int as n, count(distinct alert_id)::int as alerts from orders'),
    ).toEqual({
      n: 20,
      alerts: 20,
    });
    expect(await d.one('select count(*)::int as n from offers where outcome is null')).toEqual({ n: 1 });
    expect(await d.dispatcher.audit()).toEqual({});
    const numbers = d.heard.map((event) => event.no);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });
});

describe('a clock change', () => {
  beforeEach(async () => {
    d = await district();
    await d.home('h1');
    await d.caregiver('c1');
  });

  it('forward does what is due at once, once', async () => {
    const { alerts } = await d.raise([pressOf('h1')]);
    d.clock.set(T0 + 3_600_000);
    await d.settled();
    expect(await d.ordersOf(alerts[0]?.id ?? '')).toMatchObject([
      { offers: [{ caregiverId: 'c1', outcome: null }] },
    ]);
  });

  it('back does nothing twice, and goes on when time has caught up', async () => {
    const { alerts } = await d.raise([pressOf('h1')]);
    await d.pass(30 * S);
    d.clock.set(T0 - 3_600_000);
    await d.settled();
    const [order] = await d.ordersOf(alerts[0]?.id ?? '');
    expect(order?.offers).toHaveLength(1);
    await d.pass(3_600_000 + 70 * S);
    expect((await d.order(order?.id ?? '')).offers).toMatchObject([{ outcome: 'expired' }]);
  });
});

describe('an alert that cannot be looked at', () => {
  it('keeps no other from its turn, and the auditor says so (I6)', async () => {
    d = await district();
    for (const home of ['h1', 'h2']) await d.home(home);
    await d.caregiver('c1');
    const { alerts } = await d.raise([pressOf('h1'), pressOf('h2')]);
    const [bad, good] = alerts;
    await d.pool.query(`update alerts set work = '{"broken": true}' where id = $1`, [bad?.id]);
    d.clock.set(T0 + 33 * S);
    await d.settled();
    expect(await d.ordersOf(good?.id ?? '')).toHaveLength(1);
    expect(await d.dispatcher.audit()).toEqual({ alert_overdue: [bad?.id] });
  });

  it('the auditor finds an alert without deadline and an offer that outlived its time', async () => {
    d = await district();
    await d.home('h1');
    await d.caregiver('c1');
    const { alerts } = await d.raise([pressOf('h1')]);
    valueOf(await d.alerts.dispatch(alerts[0]?.id ?? '', operator, {}));
    await d.dispatcher.stop();
    await d.pool.query('update alerts set deadline_at = null; update orders set deadline_at = null');
    d.clock.set(T0 + 40 * S);
    expect(Object.keys(await d.dispatcher.audit()).toSorted()).toEqual([
      'alert_without_deadline',
      'offer_overdue',
    ]);
  });
});

describe('lists and the stream', () => {
  it('a client that lists and then follows the stream misses nothing, whatever happens meanwhile', async () => {
    d = await district();
    const other = await d.addServer();
    const homes = Array.from({ length: 60 }, (_, i) => `s${i}`);
    const raising = (async () => {
      for (const home of homes) {
        await raiseUnheard(pressOf(home));
        d.dispatcher.wake();
      }
    })();
    const lists = [];
    for (let i = 0; i < 10; i += 1) lists.push(await other.alerts.queries.list({ limit: 1000 }));
    await raising;
    await d.settled();
    for (const { items, streamId } of lists) {
      const answer = await other.stream.after(Number(streamId), 1000);
      if ('reset' in answer) throw new Error('reset');
      const streamed = answer.events.map((event) => (JSON.parse(event.data) as { homeId: string }).homeId);
      const known = new Set([...items.map((alert) => alert.homeId), ...streamed]);
      expect(homes.filter((home) => !known.has(home))).toEqual([]);
    }
    expect(d.heard.map((event) => event.no)).toEqual(homes.map((_, i) => i + 1));
  });

  it('pages through a work list by priority and age, and through all by age, without gap or repeat', async () => {
    d = await district();
    for (let i = 0; i < 7; i += 1) {
      await raiseUnheard(press({ homeId: `h${i}`, dedupKey: `k${i}`, priority: i % 2 === 0 ? 1 : 2 }));
      d.clock.advance(S);
    }
    const all = async (filter: Parameters<typeof d.dispatcher.alerts.queries.list>[0]) => {
      const homes: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await d.dispatcher.alerts.queries.list({
          ...filter,
          ...(cursor !== undefined && { cursor }),
        });
        expect(page.items.length).toBeLessThanOrEqual(filter.limit);
        homes.push(...page.items.map((alert) => alert.homeId));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return homes;
    };
    expect(await all({ limit: 2, states: ['open', 'acknowledged'] })).toEqual([
      'h0',
      'h2',
      'h4',
      'h6',
      'h1',
      'h3',
      'h5',
    ]);
    expect(await all({ limit: 3 })).toEqual(['h6', 'h5', 'h4', 'h3', 'h2', 'h1', 'h0']);
    expect(await all({ limit: 3, priorities: [2], streets: ['莲花'] })).toEqual(['h5', 'h3', 'h1']);
    expect(await all({ limit: 3, streets: [] })).toEqual([]);
    await expect(d.dispatcher.alerts.queries.list({ limit: 1, cursor: 'nonsense' })).rejects.toThrow(
      'cursor',
    );
  });

  it('orders are found by home, alert, state and whoever was ever asked', async () => {
    d = await district();
    await d.home('h1');
    await d.caregiver('c1');
    await d.caregiver('c2', { km: 0.9 });
    const { alerts } = await d.raise([pressOf('h1')]);
    const order = valueOf(await d.alerts.dispatch(alerts[0]?.id ?? '', operator, { caregiverId: 'c2' }));
    valueOf(await d.orders.decline(order.id, caregiver('c2'), { reason: 'x' }));
    const ids = async (filter: object) =>
      (await d.dispatcher.orders.queries.list({ limit: 10, ...filter })).items.map((item) => item.id);
    expect(await ids({ homeId: 'h1' })).toEqual([order.id]);
    expect(await ids({ alertId: alerts[0]?.id, states: ['offered'] })).toEqual([order.id]);
    expect(await ids({ caregiverId: 'c2' })).toEqual([]);
    expect(await ids({ involving: { caregiverId: 'c2', orServices: [] } })).toEqual([order.id]);
    expect(await ids({ involving: { caregiverId: 'c9', orServices: ['repair'] } })).toEqual([]);
  });
});
