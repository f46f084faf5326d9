import { type Answer, type ApiClient, ApiError, isRecord } from '../api/api-client.ts';
import { inParallel } from '../api/pool.ts';
import { newPassword, type SecretStore } from '../api/secrets.ts';
import type { UserRole } from '../../schemas/registry.ts';
import type { World } from './population.ts';

export interface SeedOptions {
  /** Only these; default: all. */
  homes?: World['homes'];
  /** Calls under way at once. */
  width?: number;
}

export interface Seeded {
  created: number;
  /** Were there already: 409. */
  existing: number;
}

const WIDTH = 12;

/**
 * Brings a world into the service through its public API. May be repeated: what exists stays as it is, and a device whose secret we no
 * longer know gets a new one.
 */
export async function seedWorld(
  admin: ApiClient,
  world: World,
  secrets: SecretStore,
  options: SeedOptions = {},
): Promise<Seeded> {
  const seeded: Seeded = { created: 0, existing: 0 };
  const width = options.width ?? WIDTH;
  const create = async (path: string, body: { id?: string }): Promise<Answer> => {
    const answer = await admin.ask('POST', path, body);
    if (answer.status === 409) seeded.existing += 1;
    else if (answer.status < 300) seeded.created += 1;
    else throw new ApiError(`POST ${path} ${body.id ?? ''}`, answer);
    return answer;
  };
  const homes = options.homes ?? world.homes;
  await inParallel(homes, width, async ({ home }) => void (await create('/homes', home)));
  const belongings = homes.flatMap((home) => [
    async () => void (await create('/residents', home.resident)),
    ...home.devices.map((device) => async () => {
      const answer = await create('/devices', device);
      keepSecret(secrets, device.id, await secretOf(admin, answer, device.id, secrets));
    }),
  ]);
  await inParallel(belongings, width, (make) => make());
  await inParallel(world.caregivers, width, async ({ caregiver, shifts }) => {
    await create('/caregivers', caregiver);
    for (const shift of shifts) await create('/shifts', shift);
  });
  secrets.save();
  return seeded;
}

function keepSecret(secrets: SecretStore, id: string, secret: string): void {
  if (secrets.device(id) !== secret) secrets.setDevice(id, secret);
}

async function secretOf(admin: ApiClient, made: Answer, id: string, secrets: SecretStore): Promise<string> {
  const known = made.status === 409 ? secrets.device(id) : readSecret(made.body);
  if (known !== undefined) return known;
  const renewed = readSecret(await admin.call('POST', `/devices/${id}/secret`));
  if (renewed === undefined) throw new Error(`no secret for device ${id}`);
  return renewed;
}

const readSecret = (body: unknown): string | undefined =>
  isRecord(body) && typeof body['secret'] === 'string' ? body['secret'] : undefined;

export interface UserWish {
  username: string;
  role: UserRole;
  caregiverId?: string;
}

/** Makes the user, or gives it a new password when we do not know the old one; returns the password. */
export async function ensureUser(admin: ApiClient, wish: UserWish, secrets: SecretStore): Promise<string> {
  const password = secrets.user(wish.username) ?? newPassword();
  const answer = await admin.ask('POST', '/users', { ...wish, password });
  if (answer.status === 409 && secrets.user(wish.username) === undefined)
    await admin.call('PATCH', `/users/${wish.username}`, { password });
  else if (answer.status >= 300 && answer.status !== 409)
    throw new ApiError(`POST /users ${wish.username}`, answer);
  secrets.setUser(wish.username, password);
  secrets.save();
  return password;
}
