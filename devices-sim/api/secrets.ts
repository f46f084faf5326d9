import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';

const storeSchema = z.object({
  /** Password by username, `admin` among them. */
  users: z.record(z.string(), z.string()),
  /** Secret by credential: device, gateway or bridge. */
  devices: z.record(z.string(), z.string()),
});

/**
 * What the simulator may not forget between two runs on one service: secrets are shown once only. A file of mode 600,
 * replaced as a whole.
 */
export class SecretStore {
  readonly path: string | undefined;
  readonly #data: z.infer<typeof storeSchema>;

  /** Without a path secrets live as long as the process. */
  constructor(path: string | undefined) {
    this.path = path;
    this.#data = path === undefined ? { users: {}, devices: {} } : read(path);
  }

  device(id: string): string | undefined {
    return this.#data.devices[id];
  }
  setDevice(id: string, secret: string): void {
    this.#data.devices[id] = secret;
  }

  user(username: string): string | undefined {
    return this.#data.users[username];
  }
  setUser(username: string, password: string): void {
    this.#data.users[username] = password;
  }

  save(): void {
    if (this.path === undefined) return;
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.new`, JSON.stringify(this.#data), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }
}

/** Easy to type from a terminal: no 0/o, 1/l. 12 letters of 32, 60 bits. */
export const newPassword = (): string =>
  Array.from(randomBytes(12), (byte) => 'abcdefghijkmnpqrstuvwxyz23456789'[byte % 32]).join('');

function read(path: string): z.infer<typeof storeSchema> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { users: {}, devices: {} };
    throw error;
  }
  const parsed = storeSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${path} is not a file of the simulator's secrets`);
  return parsed.data;
}
