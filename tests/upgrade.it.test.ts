import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { readMigrations } from '../platform/migrate.ts';
import { apiWith, login, openStream } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { FORMER_RELEASE } from './support/former-release.ts';
import { testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';

const root = resolve(import.meta.dirname, '..');
const { commit } = FORMER_RELEASE;

function historyHasIt(): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The former release's sources, with this one's packages and console. */
function formerSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-former-'));
  const tar = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 256 * 1024 * 1024 });
  execFileSync('tar', ['-x', '-C', folder], { input: tar });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'console'), { recursive: true });
  return folder;
}

// Without its history a checkout cannot show this; `platform/migrations-safe.test.ts` holds the migrations in any case.
if (!historyHasIt()) console.log(`left out: the former release beside this one (no history of ${commit})`);

it('the former release goes on working on the database of this one, until it is replaced', async () => {
  if (!historyHasIt()) return;
  const db = await testDatabase({ migrated: false });
  const sources = formerSources();
  const dataDir = mkdtempSync(join(tmpdir(), 'yinling-upgrade-'));
  const env = { DATABASE_URL: db.url, DATA_DIR: dataDir };
  const running: ServiceProcess[] = [];
  const start = async (more: Record<string, string>, folder = root): Promise<ServiceProcess> => {
    const service = await startServiceProcess({ ...env, ...more }, folder);
    running.push(service);
    return service;
  };
  try {
    const former = await start({}, sources);
    const former_ = await login(former.httpUrl);
    const home = await registerHome(former_, [{ kind: 'sos_button' }]);
    const [button = ''] = home.deviceIds;
    const press = async (service: ServiceProcess): Promise<void> => {
      const device = await connectDevice(service.mqttPort, button, home.secrets[button] ?? '');
      await device.publish(`care/v1/${home.homeId}/${button}/sos`, '{"action":"press"}');
      await device.end();
    };
    await press(former);

    // This release comes beside it and brings the database up to its own version
    const next = await start({ ROLES: 'dispatcher' });
    const { rows } = await db.pool.query<{ name: string }>(
      'select name from schema_migrations order by name',
    );
    expect(rows.map(({ name }) => name)).toEqual((await readMigrations()).map(({ name }) => name));
    const next_ = await login(next.httpUrl);
    const alerts = async (api: typeof next_) =>
      (await api('GET', '/alerts?state=open,acknowledged')).body.items;
    expect((await alerts(next_)).map(({ homeId }: { homeId: string }) => homeId)).toEqual([home.homeId]);

    // What the former one is told, the new one shows, and the other way round
    const session = { username: 'admin', password: ADMIN_PASSWORD };
    const { body } = await apiWith(next.httpUrl, '')('POST', '/session', session);
    const stream = await openStream(next.httpUrl, body.token);
    const [{ id }] = await alerts(former_);
    expect((await former_('POST', `/alerts/${id}/acknowledge`, {})).status).toBe(200);
    await until('the answer on the new one', async () => (await alerts(next_))[0]?.state === 'acknowledged');
    await press(former);
    await until('the new call on the new one’s stream', () =>
      stream.events.some(({ data }) => data.id === id && data.state === 'open' && data.version > 2),
    );
    const order = await next_('POST', `/alerts/${id}/note`, { text: 'seen' });
    expect(order.status).toBe(200);
    // The former one has no key to what people write on alarms: it shows that something was written, and by whom
    await until('the note on the former one', async () =>
      (await former_('GET', `/alerts/${id}`)).body.timeline.some(
        ({ what, by }: { what: string; by: string }) => what === 'note' && by === 'admin',
      ),
    );
    for (const [method, path, given] of [
      ['POST', '/homes', { street: '福田' }],
      ['POST', '/residents', { homeId: home.homeId, name: '李秀英', settings: { bathroomDayMin: 50 } }],
      ['POST', '/caregivers', { name: '陈师傅', role: 'property_staff', lat: 22.55, lon: 114.06 }],
      ['POST', '/orders', { homeId: home.homeId, service: 'meal' }],
      ['POST', '/devices', { homeId: home.homeId, kind: 'pir', zone: 'bathroom' }],
      ['POST', '/users', { username: 'op-1', password: 'a-long-password-here', role: 'operator' }],
    ] as const)
      expect({ path, status: (await former_(method, path, given)).status }).toEqual({ path, status: 201 });
    for (const path of [
      '/residents',
      '/homes',
      '/devices',
      '/caregivers',
      '/shifts',
      '/policies',
      '/users',
      '/orders',
    ])
      for (const api of [former_, next_]) expect((await api('GET', path)).status).toBe(200);

    // Then the former one is replaced for good; what it had acknowledged is there
    expect(await former.stop()).toBe(0);
    const ingest = await start({ ROLES: 'broker,ingest' });
    const before = (await next_('GET', `/alerts/${id}`)).body;
    await press(ingest);
    const after = await until('the press through the new one', async () => {
      const found = (await next_('GET', `/alerts/${id}`)).body;
      return found.evidence.length > before.evidence.length && found;
    });
    expect(
      after.evidence.filter(({ kind }: { kind: string }) => kind === before.evidence[0].kind),
    ).toHaveLength(3);
    stream.close();
  } finally {
    for (const service of running) if (service.child.exitCode === null) await service.stop();
    await db.drop();
    for (const folder of [sources, dataDir]) rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);
