import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../platform/log.ts';
import { ManualClock } from '../platform/manual-clock.ts';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import { Downlink } from './downlink.ts';
import { eventually } from './testing/eventually.ts';

let database: TestDatabase;
let clock: ManualClock;
let listeners: Set<string>;
let sent: string[];
const running: Downlink[] = [];

beforeEach(async () => {
  database = await testDatabase();
  clock = new ManualClock();
  listeners = new Set(['h1/d1']);
  sent = [];
});
afterEach(async () => {
  for (const downlink of running.splice(0)) await downlink.stop();
  await database.drop();
});

function start(): Downlink {
  const downlink = new Downlink({
    pool: database.pool,
    clock,
    log: silentLog(),
    send: (homeId, deviceId, body) => {
      if (!listeners.has(`${homeId}/${deviceId}`)) return false;
      sent.push(`${homeId}/${deviceId} ${JSON.stringify(body)}`);
      return true;
    },
  });
  running.push(downlink);
  downlink.start();
  return downlink;
}
const insert = (deviceId: string, no: number, livesMs = 20_000) =>
  database.pool.query(
    `insert into downlink (home_id, device_id, body, created_at, expires_at) values ('h1', $1, $2, $3, $4)`,
    [deviceId, { cmd: 'led', no }, new Date(clock.now()), new Date(clock.now() + livesMs)],
  );
const unsent = async (): Promise<number> =>
  Number((await database.pool.query('select count(*) as n from downlink where sent_at is null')).rows[0]?.n);
const command = (no: number, deviceId = 'd1') => `h1/${deviceId} {"no":${no},"cmd":"led"}`;

describe('the downlink', () => {
  it('sends waiting commands in order, and marks them with the time', async () => {
    await insert('d1', 1);
    await insert('d1', 2);
    start();
    await eventually(unsent).toBe(0);
    expect(sent).toEqual([command(1), command(2)]);
    const { rows } = await database.pool.query('select distinct sent_at from downlink');
    expect(rows).toEqual([{ sent_at: new Date(clock.now()) }]);
  });

  it('sends at once when it is woken, and by itself within a second', async () => {
    const downlink = start();
    await eventually(() => clock.pending).toBe(1);
    await insert('d1', 1);
    downlink.wake();
    await eventually(() => sent).toEqual([command(1)]);
    await eventually(() => clock.pending).toBe(1);
    await insert('d1', 2);
    clock.advance(1_000);
    await eventually(() => sent).toEqual([command(1), command(2)]);
  });

  it('keeps a command for a device that is away, sends it when the device comes, and never after its time', async () => {
    await insert('d2', 1, 300_000);
    await insert('d2', 2, 10_000);
    const downlink = start();
    await eventually(() => clock.pending).toBe(1);
    expect(sent).toEqual([]);
    clock.advance(200_000);
    await eventually(() => clock.pending).toBe(1);
    listeners.add('h1/d2');
    downlink.arrived('h1', '+');
    await eventually(() => sent).toEqual([command(1, 'd2')]);
    expect(await unsent()).toBe(1);
  });

  it('is not held up by many commands for devices that are away', async () => {
    for (let no = 0; no < 450; no++) await insert('away', no);
    await insert('d1', 1);
    start();
    await eventually(() => sent).toEqual([command(1)]);
    expect(await unsent()).toBe(450);
  });

  it('sends each command once although two processes look', async () => {
    for (let no = 0; no < 300; no++) await insert('d1', no);
    start();
    start();
    await eventually(unsent).toBe(0);
    expect(new Set(sent).size).toBe(300);
    expect(sent).toHaveLength(300);
  });

  it('goes on after the database was away', async () => {
    const downlink = start();
    await eventually(() => clock.pending).toBe(1);
    await database.pool.query('alter table downlink rename to elsewhere');
    downlink.wake();
    await eventually(() => clock.pending).toBe(1);
    await database.pool.query('alter table elsewhere rename to downlink');
    await insert('d1', 1);
    clock.advance(1_000);
    await eventually(() => sent).toEqual([command(1)]);
  });
});
