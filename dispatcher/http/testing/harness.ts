import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { testDatabase } from '../../../tests/support/postgres.ts';
import { idSource } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { ManualClock } from '../../../platform/manual-clock.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import type { UserRole } from '../../../schemas/registry.ts';
import { prepareAdmin } from '../../registry/prepare-admin.ts';
import type { HttpDeps } from '../deps.ts';
import { createHttpServer, type HttpServer } from '../server.ts';
import { FakeAlerts, FakeIntake, FakeOrders, FakeStream } from './fakes.ts';

export const ADMIN_PASSWORD = 'correct horse';

/** An answer, read freely by tests. */
export interface Answer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  headers: LightMyRequestResponse['headers'];
  text: string;
}
export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

export interface Harness {
  deps: HttpDeps;
  server: HttpServer;
  pool: HttpDeps['pool'];
  clock: ManualClock;
  alerts: FakeAlerts;
  orders: FakeOrders;
  stream: FakeStream;
  intake: FakeIntake;
  /** Without a login. */
  anonymous: Call;
  admin: Call;
  as(token: string): Call;
  login(username: string, password?: string): Promise<string>;
  /** Makes a user of that role and logs in. */
  userOf(
    role: UserRole,
    options?: { streets?: string[]; caregiverId?: string },
  ): Promise<{ call: Call; token: string; username: string }>;
  close(): Promise<void>;
}

/** The HTTP side on a database of its own, the dispatcher's parts being fakes. */
export async function startHarness(more: Partial<HttpDeps> = {}): Promise<Harness> {
  const database = await testDatabase();
  const clock = new ManualClock();
  const [alerts, orders, stream, intake] = [
    new FakeAlerts(),
    new FakeOrders(),
    new FakeStream(),
    new FakeIntake(),
  ];
  const deps: HttpDeps = {
    pool: database.pool,
    clock,
    log: silentLog(),
    metrics: createMetrics({ process: false }),
    newId: idSource(clock),
    cipher: fakeCipher,
    secrets: fakeSecrets,
    passwords: fakePasswords,
    alerts: { commands: alerts, queries: alerts },
    orders: { commands: orders, queries: orders },
    stream,
    intake,
    notReady: () => [],
    timeZone: 'Asia/Shanghai',
    ...more,
  };
  await prepareAdmin(database.pool, {
    password: ADMIN_PASSWORD,
    nowAt: clock.now(),
    passwords: deps.passwords,
  });
  const server = await createHttpServer(deps);

  const as =
    (token: string): Call =>
    async (method, path, body, headers = {}) => {
      const response = await server.app.inject({
        method: method as 'GET',
        url: path.startsWith('//') ? path.slice(1) : `/api/v1${path}`,
        headers: {
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const json = /json/.test(response.headers['content-type'] ?? '') && response.body !== '';
      return {
        status: response.statusCode,
        headers: response.headers,
        text: response.body,
        body: json ? (JSON.parse(response.body) as unknown) : undefined,
      };
    };
  const login = async (username: string, password = ADMIN_PASSWORD): Promise<string> => {
    const answer = await as('')('POST', '/session', { username, password });
    if (answer.status !== 200) throw new Error(`login as ${username}: ${answer.status} ${answer.text}`);
    return answer.body.token as string;
  };
  const admin = as(await login('admin'));
  let users = 0;
  return {
    deps,
    server,
    pool: database.pool,
    clock,
    alerts,
    orders,
    stream,
    intake,
    anonymous: as(''),
    admin,
    as,
    login,
    async userOf(role, options = {}) {
      const username = `${role}${++users}`;
      const made = await admin('POST', '/users', { username, password: ADMIN_PASSWORD, role, ...options });
      if (made.status !== 201) throw new Error(`user ${username}: ${made.status} ${made.text}`);
      const token = await login(username);
      return { call: as(token), token, username };
    },
    async close() {
      await server.close();
      await database.drop();
    },
  };
}

const token = (text: string): Uint8Array =>
  createHmac('sha256', 'test').update(text).digest().subarray(0, 16);
const pieces = (text: string): string[] => {
  const letters = Array.from(text.toLowerCase().replace(/\s+/g, ''));
  return [...new Set([...letters, ...letters.slice(1).map((letter, i) => `${letters[i]}${letter}`)])];
};
const fakeCipher: HttpDeps['cipher'] = {
  seal: (value) => Buffer.from(JSON.stringify(value), 'utf8').map((byte) => byte ^ 0x5a),
  open: (sealed) => JSON.parse(Buffer.from(sealed.map((byte) => byte ^ 0x5a)).toString('utf8')),
  textTokens: (text) => pieces(text).map(token),
  queryTokens: (text) => pieces(text).map(token),
  phoneTokens: (phone) => {
    const digits = phone.replace(/\D/g, '').replace(/^(0086|86)/, '');
    return digits === '' ? [] : [token(`phone ${digits}`)];
  },
};
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const fakeSecrets: HttpDeps['secrets'] = {
  make() {
    const secret = randomBytes(16).toString('base64url');
    return { secret, hash: sha256(secret) };
  },
  hash: sha256,
};
const fakePasswords: HttpDeps['passwords'] = {
  hash: (password) => Promise.resolve(sha256(password).toString('hex')),
  verify: (password, hash) => Promise.resolve(sha256(password).toString('hex') === hash),
};
