import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wordsOf } from '../../console/words/words.ts';
import { Link } from '../chaos/link.ts';
import { anewOnRetry } from '../support/anew.ts';
import { type Api, login } from '../support/api.ts';
import { connectDevice } from '../support/device.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { registerHome } from '../support/world.ts';
import { leaveSeats, leftOut, openBench, takeSeat, until } from './fixture.ts';
import type { Bench, Seat } from './fixture.ts';

const W = wordsOf('zh');
const TILES = 'http://127.0.0.1:9/{z}/{x}/{y}.png?key=of-the-map';

/** The real service behind a link to its database that can be made to stand still. */
describe.skipIf(leftOut !== undefined)('the desk when the database is away', () => {
  let bench: Bench;
  let db: TestDatabase;
  let link: Link;
  let service: ServiceProcess;
  let admin: Api;
  let dataDir: string;
  const seats: Seat[] = [];
  beforeAll(async () => void (bench = await openBench()));
  afterAll(() => bench.close());
  anewOnRetry(
    async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'yinling-troubles-'));
      db = await testDatabase();
      const direct = new URL(db.url);
      link = new Link(() => ({ host: direct.hostname, port: Number(direct.port) }));
      const url = new URL(db.url);
      url.port = String(await link.listen());
      service = await startServiceProcess({
        DATABASE_URL: url.href,
        DATA_DIR: dataDir,
        CONSOLE_DIR: bench.dist,
        MAP_TILES_URL: TILES,
        MAP_TILES_ATTRIBUTION: 'OSM',
      });
      admin = await login(service.httpUrl);
    },
    async () => {
      link.mode = 'open';
      await leaveSeats(seats);
      await service.stop();
      await link.close();
      await db.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  );

  it('I1 I10: a call that cannot be stored yet stands in a banner with whom to telephone, and is an alarm once it can', async () => {
    const home = await registerHome(admin, [{ kind: 'sos_button' }], {
      home: { street: '莲花', address: '景田北一街 12 号', lat: 22.5571, lon: 114.0592 },
      resident: { name: '王桂兰', phone: '13712340000' },
    });
    const button = home.deviceIds[0] ?? '';
    const topic = `care/v1/${home.homeId}/${button}`;
    const device = await connectDevice(service.mqttPort, button, home.secrets[button] ?? '');
    await device.publish(`${topic}/status`, '{"online":true}');
    const username = `op-${home.homeId}`.slice(0, 60);
    const password = 'long-enough-1';
    expect((await admin('POST', '/users', { username, password, role: 'operator' })).status).toBe(201);
    const seat = await takeSeat(bench, { url: service.httpUrl }, { user: username, password });
    seats.push(seat);
    const { page } = seat;
    // The desk has met her before: an earlier call, which is closed; her name and number are known here.
    await device.publish(`${topic}/sos`, '{"id":"first","action":"press"}');
    await page.locator('.queue-row', { hasText: '王桂兰' }).click();
    await page.locator('.alarm-line', { hasText: '王桂兰' }).waitFor();
    // Where tiles come from is allowed by the content policy, though nobody answers there.
    await page.locator('.context .map .tiles image').first().waitFor({ state: 'attached' });
    await page.keyboard.press('a');
    await page.locator('.alarm-meta .state', { hasText: W.state.acknowledged }).waitFor();

    link.mode = 'hang';
    const published = device.publish(`${topic}/sos`, '{"id":"second","action":"press"}');
    const banner = page.locator('.banner.unconfirmed');
    await banner.waitFor();
    expect(await banner.innerText()).toContain('王桂兰');
    expect(await banner.locator('a[href="tel:13712340000"]').count()).toBe(1);
    await until(page, 'window.tones > 0');

    link.mode = 'open';
    await published;
    await banner.waitFor({ state: 'detached' });
    // A new call on what somebody had taken on: it is open again.
    await page.locator('.alarm-meta .state', { hasText: W.state.open }).waitFor();
    await device.end();
    expect(await seat.errors()).toEqual([]);
  });
});
