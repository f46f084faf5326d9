import { type Answer, type ApiClient, ApiError, isRecord } from '../api/api-client.ts';
import { inParallel } from '../api/pool.ts';
import type { SecretStore } from '../api/secrets.ts';
import { STREETS } from '../../schemas/streets.ts';
import { loadDevices, type LoadHome } from './traffic.ts';

const WIDTH = 16;

/** Names only, for a broker without a registry. */
export function plainHomes(
  count: number,
  seed: number,
  login?: { username: string; password: string | undefined },
): LoadHome[] {
  return Array.from({ length: count }, (_, index) => {
    const homeId = `load${seed}-${(index + 1).toString().padStart(5, '0')}`;
    return {
      homeId,
      clientId: `${homeId}-gw`,
      username: login?.username,
      password: login?.password,
      devices: loadDevices(homeId),
    };
  });
}

/** Brings homes, each with a gateway and its devices, into the service; what exists stays. */
export async function seedLoad(
  admin: ApiClient,
  count: number,
  seed: number,
  secrets: SecretStore,
): Promise<LoadHome[]> {
  const homes = plainHomes(count, seed);
  await inParallel(homes.entries(), WIDTH, async ([index, home]) => {
    const street = STREETS[index % STREETS.length] ?? STREETS[0];
    const there = await create(admin, '/homes', {
      id: home.homeId,
      street: street.zh,
      lat: street.lat,
      lon: street.lon,
    });
    const gateway = await create(admin, '/devices', {
      id: home.clientId,
      homeId: home.homeId,
      kind: 'gateway',
    });
    const known = gateway.status === 409 ? secrets.device(home.clientId) : secretIn(gateway.body);
    const secret = known ?? secretIn((await admin.ask('POST', `/devices/${home.clientId}/secret`)).body);
    if (secret === undefined) throw new Error(`no secret for ${home.clientId}`);
    secrets.setDevice(home.clientId, secret);
    home.username = home.clientId;
    home.password = secret;
    if (there.status === 409) return;
    for (const { deviceId, kind, zone } of home.devices)
      await create(admin, '/devices', {
        id: deviceId,
        homeId: home.homeId,
        kind,
        ...(zone === undefined ? {} : { zone }),
      });
  });
  secrets.save();
  return homes;
}

async function create(admin: ApiClient, path: string, body: Record<string, unknown>): Promise<Answer> {
  const answer = await admin.ask('POST', path, body);
  if (answer.status >= 300 && answer.status !== 409)
    throw new ApiError(`POST ${path} ${String(body['id'])}`, answer);
  return answer;
}

const secretIn = (body: unknown): string | undefined =>
  isRecord(body) && typeof body['secret'] === 'string' ? body['secret'] : undefined;
