import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertSchema } from '../schemas/alert.ts';
import { toIso } from '../schemas/ids.ts';
import type { Signal } from '../schemas/signal.ts';
import { inTransaction } from '../platform/database.ts';
import { evolve } from './evolve.ts';
import type { AlertEvent } from './events.ts';
import { numberOutbox } from './outbox.ts';
import type { AlertRecord } from './record.ts';
import {
  AlertWriteConflict,
  change,
  decideRaise,
  lockAlert,
  raise,
  type Raising,
  type RaiseResult,
} from './store.ts';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import {
  answer,
  homeThatAsks,
  offline,
  plainHome,
  press,
  suspectedFall,
  T0,
  vitals,
} from './testing/signals.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.pool.query(`alter table alert_events disable trigger all;
    truncate alerts, alert_events, outbox, policies cascade; alter table alert_events enable trigger all`);
});

const raiseAll = (signals: Signal[], now = T0, asks = false): Promise<RaiseResult> =>
  inTransaction(db.pool, (tx) =>
    raise(tx, signals, {
      now: () => now,
      newId: randomUUID,
      homeOf: () => (asks ? homeThatAsks : plainHome),
    }),
  );
const rows = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
  (await db.pool.query(sql, values)).rows as T[];

describe('raising', () => {
  it('I6: alert, event and outbox row are written together', async () => {
    const { alerts, signals } = await raiseAll([press()], T0 + 3);
    const [alert] = alerts;
    expect(signals).toEqual([{ outcome: 'opened', alertId: alert?.id }]);
    expect(() => alertSchema.parse(alert)).not.toThrow();
    const [row] = await rows<Record<string, unknown>>('select * from alerts');
    expect(row).toMatchObject({
      id: alert?.id,
      dedup_key: 'h1:emergency',
      kind: 'sos',
      priority: 1,
      state: 'open',
      version: 1,
      opened_at: new Date(T0 + 3),
      deadline_at: new Date(T0 + 30_003),
      doc: alert,
    });
    expect(await rows('select alert_id, version, type from alert_events')).toEqual([
      { alert_id: alert?.id, version: 1, type: 'opened' },
    ]);
    expect(await rows('select type, ref, street, data, stream_no from outbox')).toEqual([
      { type: 'alert', ref: alert?.id, street: '莲花', data: alert, stream_no: null },
    ]);
  });

  it('a rolled-back transaction leaves nothing (I6)', async () => {
    await expect(
      inTransaction(db.pool, async (tx) => {
        await raise(tx, [press()], { now: () => T0, newId: randomUUID, homeOf: () => plainHome });
        throw new Error('the reading was refused');
      }),
    ).rejects.toThrow('refused');
    expect(await rows('select 1 from alerts union all select 1 from outbox')).toEqual([]);
  });

  it('I5: 50 parallel presses of one home make one alert with 50 pieces of evidence (ThingsBoard #15583, #2986)', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => raiseAll([press()])));
    expect(results.reduce((sum, item) => sum + item.opened, 0)).toBe(1);
    expect(results.reduce((sum, item) => sum + item.joined, 0)).toBe(49);
    const stored = await rows<{ doc: AlertRecord['alert'] }>('select doc from alerts');
    expect(stored).toHaveLength(1);
    expect(new Set(stored[0]?.doc.evidence.map((item) => item.messageId)).size).toBe(50);
    expect(stored[0]?.doc).toMatchObject({ calls: 50, version: 50 });
    expect(await rows('select count(*)::int as n from outbox')).toEqual([{ n: 50 }]);
  });

  it('many keys in opposite order do not deadlock', async () => {
    const homes = Array.from({ length: 30 }, (_, i) => `h${i}`);
    const signals = homes.map((homeId) => press({ homeId }));
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => raiseAll(i % 2 === 0 ? signals : signals.toReversed())),
    );
    expect(
      await rows(`select count(*)::int as n, sum((doc ->> 'calls')::int)::int as calls from alerts`),
    ).toEqual([{ n: 30, calls: 360 }]);
  });

  it('all signals of one transaction make one version and one outbox row for each alert', async () => {
    const { alerts, signals } = await raiseAll([
      press(),
      press({ homeId: 'h2' }),
      vitals(1),
      offline({ effect: 'clear' }),
    ]);
    expect(signals.map((item) => item.outcome)).toEqual(['opened', 'opened', 'joined', 'ignored']);
    expect(alerts.map((alert) => [alert.homeId, alert.version, alert.evidence.length])).toEqual([
      ['h1', 1, 2],
      ['h2', 1, 1],
    ]);
    expect(await rows('select count(*)::int as n from outbox')).toEqual([{ n: 2 }]);
  });

  it('a pending fall that is answered and a press after it, all at once, are two alerts, linked (ThingsBoard #7811)', async () => {
    const { alerts } = await raiseAll([suspectedFall(), answer('ok'), press()], T0, true);
    expect(alerts.map((alert) => alert.state)).toEqual(['resolved', 'open']);
    expect(alerts[1]?.previousAlertId).toBe(alerts[0]?.id);
    expect(await rows('select count(*)::int as n from alerts')).toEqual([{ n: 2 }]);
  });

  it('links to the last resolved alert of the key', async () => {
    for (let i = 0; i < 3; i += 1) {
      await raiseAll([offline()], T0 + i * 1000);
      await raiseAll([offline({ effect: 'clear' })], T0 + i * 1000 + 500);
    }
    const stored = await rows<{ id: string; doc: AlertRecord['alert'] }>(
      'select id, doc from alerts order by opened_at',
    );
    expect(stored.map((row) => row.doc.previousAlertId)).toEqual([null, stored[0]?.id, stored[1]?.id]);
  });

  it('freezes the newest policy of the kind into the alert (I9)', async () => {
    const steps = JSON.stringify([{ afterS: 2, to: 'supervisor' }]);
    await db.pool.query(
      `insert into policies (id, name, kinds, steps, created_at) values
        ('old', 'old', '{sos}', '[{"afterS": 9, "to": "120"}]', $1), ('new', 'new', '{sos,fall}', $2, $3),
        ('bad', 'bad', '{sos}', '"nonsense"', $3)`,
      [new Date(T0 - 2000), steps, new Date(T0 - 1000)],
    );
    await raiseAll([press()]);
    await db.pool.query('update policies set steps = $1, version = 2', ['[{"afterS": 99, "to": "120"}]']);
    await raiseAll([press()], T0 + 500);
    const [row] = await rows<{ work: AlertRecord['work']; deadline_at: Date }>(
      'select work, deadline_at from alerts',
    );
    expect(row?.work.policy).toMatchObject({ id: 'new', version: 1, steps: [{ afterS: 2 }] });
    expect(row?.deadline_at).toEqual(new Date(T0 + 2000));
  });

  it('the unique index has the last word over whoever writes without the lock (I5)', async () => {
    await raiseAll([press()]);
    await expect(
      db.pool
        .query(`insert into alerts select 'other', dedup_key, kind, priority, state, disposition, home_id, street,
        occurred_at, opened_at, null, null, null, deadline_at, test, synthetic, version, doc, work from alerts`),
    ).rejects.toMatchObject({ code: '23505' });
  });
});

describe('raising and numbering at once', () => {
  const publishing = <T>(now: number, then: (raising: Raising) => Promise<T>, signals = [press()]) =>
    inTransaction(db.pool, async (tx) =>
      then(await decideRaise(tx, signals, { now: () => now, newId: randomUUID, homeOf: () => plainHome })),
    );
  const publish = (now: number, signals?: Signal[]) =>
    publishing(now, (raising) => raising.publish(100, () => undefined), signals);
  const head = async (): Promise<number> =>
    (await rows<{ no: number }>('select no from stream_head'))[0]?.no ?? 0;

  it('I6: alert, event and numbered outbox row are each written once, and published as of then', async () => {
    const before = await head();
    const events = await publish(T0 + 3, [press(), press({ homeId: 'h2' })]);
    expect(await head()).toBe(before + 2);
    const stored = await rows<Record<string, unknown>>(
      `select o.stream_no as no, o.type, o.ref, o.street, o.data::text as data, o.ctid::text as place,
         a.ctid::text as alert_place, o.published_at = a.published_at as together,
         o.data = a.doc || jsonb_build_object('publishedAt', $1::text) as is_alert
       from outbox o join alerts a on a.id = o.ref join alert_events e on e.alert_id = a.id and e.version = 1
       order by o.stream_no`,
      [toIso(T0 + 3)],
    );
    expect(stored.map(({ no, type, ref, street, data }) => ({ no, type, ref, street, data }))).toEqual(
      events,
    );
    expect(events.map(({ no }) => no)).toEqual([before + 1, before + 2]);
    // A row that is written a second time lies in another place
    expect(stored).toMatchObject(
      ['(0,1)', '(0,2)'].map((place) => ({ place, alert_place: place, together: true, is_alert: true })),
    );
  });

  it('an alert keeps the time at which it was first published', async () => {
    await raiseAll([press()]);
    await inTransaction(db.pool, (tx) => numberOutbox(tx, T0 + 5, 10));
    const [event] = await publish(T0 + 5_000);
    expect(JSON.parse(event?.data ?? '')).toMatchObject({ version: 2, publishedAt: toIso(T0 + 5) });
    expect(await rows('select published_at from alerts')).toEqual([{ published_at: new Date(T0 + 5) }]);
  });

  it('what waits in the outbox has its number first', async () => {
    await raiseAll([press()]);
    const before = await head();
    const events = await publish(T0 + 5);
    expect(events.map(({ no, data }) => [no, (JSON.parse(data) as { version: number }).version])).toEqual([
      [before + 1, 1],
      [before + 2, 2],
    ]);
    expect(await rows('select 1 from outbox where stream_no is null')).toEqual([]);
  });

  it('an alert resolved and its next one, of one transaction, are numbered in their order', async () => {
    const events = await inTransaction(db.pool, async (tx) => {
      const raising = await decideRaise(tx, [suspectedFall(), answer('ok'), press()], {
        now: () => T0,
        newId: randomUUID,
        homeOf: () => homeThatAsks,
      });
      return raising.publish(100, () => undefined);
    });
    expect(events.map(({ data }) => (JSON.parse(data) as { state: string }).state)).toEqual([
      'resolved',
      'open',
    ]);
  });

  it('gives no number to what somebody has changed without its lock', async () => {
    await publish(T0);
    const before = await head();
    await expect(
      publishing(T0 + 5, async (raising) => {
        await db.pool.query('update alerts set version = version + 1');
        return raising.publish(100, () => undefined);
      }),
    ).rejects.toBeInstanceOf(AlertWriteConflict);
    expect(await head()).toBe(before);
  });
});

describe('changing', () => {
  it('locks one alert, with its orders, and writes its next version', async () => {
    const { alerts } = await raiseAll([press()]);
    const id = alerts[0]?.id ?? '';
    await inTransaction(db.pool, async (tx) => {
      const found = await lockAlert(tx, id);
      if (found === undefined) throw new Error('not found');
      expect(found).toMatchObject({ newerUnresolved: false, orders: [], publishedAt: null });
      await change(
        tx,
        found.record,
        [{ type: 'noted', at: toIso(T0 + 9), by: 'op', text: '已联系家属' }],
        T0 + 9,
      );
    });
    const [row] = await rows<{ doc: AlertRecord['alert']; version: number }>(
      'select doc, version from alerts',
    );
    expect(row?.version).toBe(2);
    expect(row?.doc.timeline.at(-1)).toMatchObject({ what: 'note', note: '已联系家属' });
  });

  it('gives nothing for an alert that is not there, or that somebody else holds when it must not wait', async () => {
    const { alerts } = await raiseAll([press()]);
    const id = alerts[0]?.id ?? '';
    await inTransaction(db.pool, async (tx) => {
      expect(await lockAlert(tx, 'nobody')).toBeUndefined();
      await lockAlert(tx, id);
      await inTransaction(db.pool, async (other) => {
        expect(await lockAlert(other, id, false)).toBeUndefined();
      });
    });
  });

  it('a change on an older version than the stored one is refused', async () => {
    const { alerts } = await raiseAll([press()]);
    const noted: AlertEvent = { type: 'noted', at: toIso(T0), by: 'op', text: 'x' };
    const stale = await inTransaction(db.pool, async (tx) => {
      const found = await lockAlert(tx, alerts[0]?.id ?? '');
      if (found === undefined) throw new Error('not found');
      await change(tx, found.record, [noted], T0);
      return found.record;
    });
    await expect(inTransaction(db.pool, (tx) => change(tx, stale, [noted], T0))).rejects.toBeInstanceOf(
      AlertWriteConflict,
    );
  });

  it('the stored events alone give the stored alert', async () => {
    await raiseAll([suspectedFall(), vitals(2)], T0, true);
    await raiseAll([press()], T0 + 1000, true);
    const stored = await rows<{ version: number; body: AlertEvent[] }>(
      'select version, body from alert_events order by version',
    );
    let record: AlertRecord | undefined;
    for (const event of stored.flatMap((row) => row.body)) record = evolve(record, event);
    const [row] = await rows<{ doc: AlertRecord['alert']; work: AlertRecord['work'] }>(
      'select doc, work from alerts',
    );
    expect(record && { ...record.alert, version: stored.length }).toEqual(row?.doc);
    expect(record?.work).toEqual(row?.work);
  });
});
