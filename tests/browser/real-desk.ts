import { expect } from 'vitest';
import { type Api, login } from '../support/api.ts';
import { connectDevice } from '../support/device.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { registerHome, type TestHome } from '../support/world.ts';
import type { Bench, SeatOptions } from './fixture.ts';

/** The real service, on a database of its own, serving the console as it stands in the working tree. */
export interface RealDesk {
  url: string;
  service: ServiceProcess;
  admin: Api;
  /** A home with a resident and a call button in it. */
  home(street: string, name: string, more?: { kind: string }[], phone?: string): Promise<PressableHome>;
  /** A volunteer on shift, with a login of her own; as to sit down with. */
  volunteer(name: string): Promise<SeatOptions & { caregiverId: string }>;
  operator(username: string): Promise<SeatOptions>;
  close(): Promise<void>;
}
export interface PressableHome extends TestHome {
  deviceIds: string[];
  street: string;
  /** Publishes on `sos`, and is acknowledged. */
  press(body?: Record<string, unknown>): Promise<void>;
}

const PASSWORD = 'long-enough-1';
const HOUR_MS = 3_600_000;
export const PLACE = { lat: 22.5571, lon: 114.0592 };

export async function openRealDesk(bench: Bench, env: Record<string, string> = {}): Promise<RealDesk> {
  const db: TestDatabase = await testDatabase();
  const service = await startServiceProcess({ DATABASE_URL: db.url, CONSOLE_DIR: bench.dist, ...env });
  const admin = await login(service.httpUrl);
  const made = async (path: string, body: object): Promise<{ id: string }> => {
    const answer = await admin('POST', path, body);
    expect({ path, status: answer.status, detail: answer.body?.detail }).toEqual({
      path,
      status: 201,
      detail: undefined,
    });
    return answer.body;
  };
  let presses = 0;
  return {
    url: service.httpUrl,
    service,
    admin,
    async home(street, name, more = [], phone = '13800000000') {
      const home = await registerHome(admin, [{ kind: 'sos_button' }, ...more], {
        home: { street, ...PLACE, accessNotes: '单元门密码 1234' },
        resident: { name, phone },
      });
      const button = home.deviceIds[0] ?? '';
      return {
        ...home,
        street,
        async press(body = { action: 'press' }) {
          const device = await connectDevice(service.mqttPort, button, home.secrets[button] ?? '');
          const id = `press-${(presses += 1)}`;
          await device.publish(`care/v1/${home.homeId}/${button}/sos`, JSON.stringify({ id, ...body }));
          await device.end();
        },
      };
    },
    async volunteer(name) {
      const caregiver = await made('/caregivers', {
        name,
        role: 'volunteer',
        stars: 5,
        skills: [],
        lat: 22.558,
        lon: 114.06,
        provider: '莲花社区',
      });
      const now = Date.now();
      await made('/shifts', {
        caregiverId: caregiver.id,
        from: new Date(now - HOUR_MS).toISOString(),
        to: new Date(now + HOUR_MS).toISOString(),
      });
      const user = `v-${caregiver.id}`.slice(0, 60);
      await made('/users', {
        username: user,
        password: PASSWORD,
        role: 'caregiver',
        caregiverId: caregiver.id,
      });
      return {
        user,
        password: PASSWORD,
        caregiverId: caregiver.id,
        url: '/h5',
        phone: true,
        theme: 'light',
        place: { latitude: PLACE.lat, longitude: PLACE.lon, accuracy: 12 },
      };
    },
    async operator(username) {
      await made('/users', { username, password: PASSWORD, role: 'operator' });
      return { user: username, password: PASSWORD };
    },
    async close() {
      expect(await service.stop()).toBe(0);
      await db.drop();
    },
  };
}
