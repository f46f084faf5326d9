import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  gatewayOf,
  messageOf,
  registerDevice,
  registerHome,
  startWorld,
  type World,
} from '../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { until } from '../tests/support/until.ts';
import { anewOnRetry } from '../tests/support/anew.ts';

let db: TestDatabase;
let world: World;
anewOnRetry(
  async () => {
    db = await testDatabase();
    for (const homeId of ['h1', 'h2', 'h3']) await registerHome(db, homeId);
    world = await startWorld(db);
  },
  async () => {
    await world.ingest.stop();
    await db.drop();
  },
);

const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await db.pool.query({ text: sql, values })).rows as T[];
const lettersOf = (payload: string | Uint8Array) =>
  rows<Record<string, unknown>>(
    'select reason, detail, credential, home_id, device_id, topic, size, body from dead_letters where sha256 = $1',
    createHash('sha256').update(payload).digest(),
  );
const readingsOf = (messageId: string) =>
  rows<Record<string, unknown>>(
    `select reading_body(body, message_id, occurred_at, flags) as body, marks, flags, device_no, device_id
     from readings where message_id = $1`,
    messageId,
  );

describe('what arrives, and what is stored of it (contract.md)', () => {
  it('with the relay in this process a press is numbered for the stream in its own transaction, behind what waited', async () => {
    const own = await testDatabase();
    const order: string[] = [];
    const told: (readonly { no: number; ref: string; data: string }[] | undefined)[] = [];
    try {
      await registerHome(own, 'n1');
      await own.pool.query(
        `insert into outbox (type, ref, data, created_at) values ('order', 'waiting', '{}', now())`,
      );
      const numbering = await startWorld(own, {
        numbering: () => true,
        onCommitted({ events }) {
          told.push(events);
          process.nextTick(() => order.push('told'));
        },
      });
      try {
        const outcome = await numbering.send('n1', 'button', 'sos', { action: 'press' });
        order.push('acknowledged');
        // What Node writes to operators' connections goes out before anything else is done with the commit
        expect(order).toEqual(['told', 'acknowledged']);
        const [alertId] = outcome.result === 'reading' ? (outcome.alertIds ?? []) : [];
        expect(told).toEqual([
          [
            expect.objectContaining({ no: 1, ref: 'waiting' }),
            expect.objectContaining({ no: 2, ref: alertId, type: 'alert' }),
          ],
        ]);
        const { rows } = await own.pool.query('select ref, stream_no as no from outbox order by stream_no');
        expect(rows).toEqual([
          { ref: 'waiting', no: 1 },
          { ref: alertId, no: 2 },
        ]);
      } finally {
        await numbering.ingest.stop();
      }
    } finally {
      await own.drop();
    }
  });

  it('I1: a valid message is stored when its acceptance resolves, unknown fields kept', async () => {
    const payload = { id: 'v-1', ts: Date.now() - 50, heartRateBpm: 71, vendor: { raw: [1, '二'] } };
    expect(await world.send('h1', 'monitor', 'vitals', payload)).toEqual({
      result: 'reading',
      messageId: 'v-1',
    });
    expect(await readingsOf('v-1')).toMatchObject([{ body: payload, marks: null, device_id: null }]);
  });

  it('a press opens an alert in the same transaction, and its outcome names it', async () => {
    const outcome = await world.send('h1', 'button', 'sos', { action: 'press' });
    expect(outcome).toMatchObject({ result: 'reading', alertIds: [expect.any(String)] });
    const [alert] = await rows<{ doc: { evidence: unknown[] } }>(
      `select doc from alerts where dedup_key = 'h1:emergency'`,
    );
    expect(alert?.doc.evidence).toMatchObject([{ kind: 'press', deviceId: 'h1-button', for: true }]);
    expect(await rows('select 1 from outbox where type = $1', 'alert')).toHaveLength(1);
  });

  it.each([
    ['not_json', 'presence', '{"sensor":'],
    ['schema', 'presence', '{"sensor":"nose"}'],
    ['unknown_channel', 'smell', '{}'],
    ['database_refused', 'status', '{"firmware":"a\\u0000b"}'],
    ['database_refused', 'status', '{"x":"\\ud800"}'],
    ['database_refused', 'status', '{"x":1e400000}'],
  ])('%s on %s is a dead letter with its bytes, acknowledged', async (reason, channel, text) => {
    expect(await world.send('h1', 'pir', channel, text)).toMatchObject({ result: 'dead_letter', reason });
    expect(await lettersOf(text)).toMatchObject([
      {
        reason,
        credential: 'h1-gw',
        home_id: 'h1',
        device_id: 'h1-pir',
        topic: `care/v1/h1/h1-pir/${channel}`,
        size: text.length,
        body: Buffer.from(text),
      },
    ]);
  });

  it('what is too large is kept as size and hash', async () => {
    const large = Buffer.alloc(20_000, 'x');
    const sha256 = createHash('sha256').update(large).digest();
    const held = { payload: undefined, size: large.length, sha256 };
    expect(await world.send('h1', 'pir', 'presence', '', held)).toMatchObject({ reason: 'too_large' });
    expect(await lettersOf(large)).toMatchObject([{ reason: 'too_large', size: 20_000, body: null }]);
  });

  it('of a picture nothing is stored but the reason', async () => {
    const picture = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(300, 5)]);
    const text = JSON.stringify({
      sensor: 'camera',
      zone: 'bath',
      occupied: true,
      p: picture.toString('base64'),
    });
    for (const payload of [picture, text]) {
      expect(await world.send('h1', 'pir', 'presence', payload)).toMatchObject({ reason: 'media' });
      expect(await lettersOf(payload)).toMatchObject([{ reason: 'media', body: null }]);
    }
  });

  it('what a resident has taken back the consent for is refused at the edge; her call is not', async () => {
    await registerHome(db, 'shy', {
      camera: 'camera',
      locator: 'locator',
      button: 'sos_button',
      gw: 'gateway',
    });
    const say = (given: boolean, date: string) =>
      db.pool.query('update residents set consents = consents || $2 where home_id = $1', [
        'shy',
        JSON.stringify([
          { kind: 'camera', date, given },
          { kind: 'location', date, given },
        ]),
      ]);
    const place = { lat: 22.5, lon: 114.05, accuracyM: 5 };
    const seen = { sensor: 'camera', zone: 'bedroom', occupied: true };
    await say(false, '2025-06-01');
    const message = JSON.stringify(place);
    expect(await world.send('shy', 'locator', 'location', message)).toMatchObject({ reason: 'consent' });
    expect(await lettersOf(message)).toMatchObject([{ reason: 'consent', detail: 'location', body: null }]);
    expect(await world.send('shy', 'camera', 'presence', seen)).toMatchObject({ reason: 'consent' });
    expect(await world.send('shy', 'camera', 'status', { online: true })).toMatchObject({
      result: 'reading',
    });
    expect(await world.send('shy', 'button', 'sos', { action: 'press' })).toMatchObject({
      result: 'reading',
    });
    await say(true, '2025-07-01');
    await db.pool.query(`select pg_notify('registry', 'home:shy')`);
    await until('the new consent to count', async () => {
      const outcome = await world.send('shy', 'locator', 'location', { ...place, id: randomUUID() });
      return outcome.result === 'reading';
    });
  });

  it('an unknown device or home, and a foreign topic, are dead letters', async () => {
    expect(await world.send('h1', 'ghost', 'status', { online: true })).toMatchObject({
      reason: 'unknown_device',
    });
    expect(await world.send('nowhere', 'gw', 'status', { online: true })).toMatchObject({
      reason: 'unknown_home',
    });
    const foreign = messageOf('care/v1/h2/h2-pir/status', '{}', {
      principal: gatewayOf('h1'),
      receivedAt: Date.now(),
    });
    expect(await world.ingest.intake.accept(foreign)).toMatchObject({ reason: 'topic' });
    const nowhere = messageOf('something/else', '{}', {
      principal: { type: 'bridge', id: 'b' },
      receivedAt: Date.now(),
    });
    expect(await world.ingest.intake.accept(nowhere)).toMatchObject({ reason: 'topic' });
  });

  it.each([
    ['unreadable', 'button', 'press!', ['unreadable']],
    ['of an unregistered device', 'ghost', '{"action":"press"}', ['unregistered_device']],
    ['with a NUL', 'button', '{"action":"press","note":"\\u0000"}', ['bad_field:note']],
  ])('a press %s counts, marked', async (_, device, payload, marks) => {
    const outcome = await world.send('h2', device, 'sos', payload);
    expect(outcome).toMatchObject({ result: 'reading', alertIds: [expect.any(String)] });
    const [last] = await rows<Record<string, unknown>>(
      'select body, marks, device_no, device_id from readings order by seq desc limit 1',
    );
    expect(last).toMatchObject({
      body: { action: 'press' },
      marks,
      device_id: device === 'ghost' ? 'h2-ghost' : null,
    });
  });

  it('a press too large counts, and leaves size and hash as well', async () => {
    const outcome = await world.send('h2', 'button', 'sos', Buffer.alloc(17_000, 32));
    expect(outcome).toMatchObject({ result: 'reading', alertIds: [expect.any(String)] });
    expect(await lettersOf(Buffer.alloc(17_000, 32))).toMatchObject([
      { reason: 'too_large', size: 17_000, body: null },
    ]);
  });

  it('I2: a repeat of id and content has no second effect; a press with a known id and other content is a new press', async () => {
    const press = { id: 'p-7', ts: Date.now(), action: 'press' };
    const [first, ...repeats] = await Promise.all(
      Array.from({ length: 5 }, () => world.send('h3', 'button', 'sos', press)),
    );
    expect(first).toMatchObject({ result: 'reading' });
    expect(repeats).toEqual(repeats.map(() => ({ result: 'duplicate', messageId: 'p-7' })));
    expect(await world.send('h3', 'button', 'sos', press)).toEqual({ result: 'duplicate', messageId: 'p-7' });
    const before = world.ingest.stats.idConflicts;
    expect(await world.send('h3', 'button', 'sos', { ...press, ts: press.ts + 1 })).toMatchObject({
      result: 'reading',
    });
    expect(world.ingest.stats.idConflicts).toBe(before + 1);
    const stored = await rows<{ marks: string[] | null }>(
      `select marks from readings where message_id = 'p-7' order by seq`,
    );
    expect(stored.map(({ marks }) => marks)).toEqual([null, ['id_conflict']]);
    const [alert] = await rows<{ doc: { evidence: { kind: string }[]; calls: number } }>(
      `select doc from alerts where dedup_key = 'h3:emergency'`,
    );
    expect(alert?.doc.evidence.filter(({ kind }) => kind === 'press')).toHaveLength(2);
  });

  it('I2: without an id nothing is deduplicated', async () => {
    const one = await world.send('h3', 'pir', 'status', { online: true });
    const two = await world.send('h3', 'pir', 'status', { online: true });
    expect([one, two]).toMatchObject([{ result: 'reading' }, { result: 'reading' }]);
  });

  it('of a will id and time are ignored, and it is not the device speaking', async () => {
    const will = { id: 'w', ts: 5, online: false };
    const outcomes = [
      await world.send('h3', 'watch', 'status', will, { will: true }),
      await world.send('h3', 'watch', 'status', will, { will: true }),
    ];
    expect(outcomes).toMatchObject([{ result: 'reading' }, { result: 'reading' }]);
    expect(await readingsOf('w')).toEqual([]);
  });

  it('what was retained by an external broker is no event', async () => {
    expect(await world.send('h3', 'button', 'sos', { action: 'press' }, { retained: true })).toEqual({
      result: 'ignored',
      reason: 'retained',
    });
  });

  it('a real Zigbee button’s message is its device’s press', async () => {
    const topic = 'zigbee2mqtt/ext-button';
    const message = messageOf(
      topic,
      { action: 'emergency', battery: 100, linkquality: 120 },
      {
        principal: gatewayOf('h2'),
        receivedAt: Date.now(),
      },
    );
    expect(await world.ingest.intake.accept(message)).toMatchObject({
      result: 'reading',
      alertIds: [expect.any(String)],
    });
    const chatter = messageOf('zigbee2mqtt/bridge/info', '{}', {
      principal: gatewayOf('h2'),
      receivedAt: Date.now(),
    });
    expect(await world.ingest.intake.accept(chatter)).toEqual({ result: 'ignored', reason: 'bridge' });
  });

  it('a device that is registered now is known at once', async () => {
    await registerDevice(db, 'h2', 'new', 'pir');
    await db.pool.query(`select pg_notify('registry', 'home:h2')`);
    await until(
      'the new device',
      async () => (await world.send('h2', 'new', 'status', { online: true })).result === 'reading',
    );
    await registerDevice(db, 'h2', 'quiet', 'pir');
    await until(
      'the device',
      async () => (await world.send('h2', 'quiet', 'status', { online: true })).result === 'reading',
    );
  });

  it('a street’s settings reach its homes at once, and an alert records the version that decided', async () => {
    const homeId = `s-${String(Date.now())}`;
    const street = `路-${homeId}`;
    await registerHome(db, homeId, { button: 'sos_button', gw: 'gateway' }, street);
    const press = () => world.send(homeId, 'button', 'sos', { action: 'press' });
    await press();
    await db.pool.query(
      `insert into street_settings select $1, '{}', coalesce(max(version), 0) + 5, 'chief', now() from street_settings`,
      [street],
    );
    await db.pool.query(`select pg_notify('registry', $1)`, [`street:${street}`]);
    const versions = async () => {
      await press();
      const [alert] = await rows<{ doc: { evidence: { data: { settingsVersion: number } }[] } }>(
        'select doc from alerts where dedup_key = $1',
        `${homeId}:emergency`,
      );
      return alert?.doc.evidence.map(({ data }) => data.settingsVersion) ?? [];
    };
    await until('the new version', async () => {
      const all = await versions();
      return (all.at(-1) ?? 0) >= (all[0] ?? 0) + 5;
    });
  });

  it('I14, EMQX #12613: accepted = readings + dead letters + duplicates + ignored, signals = opened + joined + unattached, as on /metrics', async () => {
    const { stats } = world.ingest;
    expect(stats.readings + stats.deadLetters + stats.duplicates + stats.ignored).toBe(stats.accepted);
    expect(stats.opened + stats.joined + stats.unattached).toBe(stats.signals);
    const [stored] = await rows<{ n: number }>('select count(*)::int as n from readings');
    expect(stored?.n).toBe(stats.readings + stats.extraReadings);
    const text = await world.metrics.text();
    expect(text).toContain(`yinling_ingest_messages_total{result="accepted"} ${stats.accepted}`);
    expect(text).toContain(`yinling_ingest_messages_total{result="reading"} ${stats.readings}`);
    expect(text).toContain(`yinling_ingest_dead_letters_total{reason="media"} 2`);
    expect(text).toContain(`yinling_ingest_id_conflicts_total ${stats.idConflicts}`);
  });
});
