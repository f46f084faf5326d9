import { createHash, randomBytes } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { testDatabase } from '../../../tests/support/postgres.ts';
import { DATA_KEY_BYTES } from '../../../platform/crypto/data-key.ts';
import { createPersonalData } from '../../../platform/crypto/personal-data.ts';
import { idSource } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { ManualClock } from '../../../platform/manual-clock.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import type { UserRole } from '../../../schemas/registry.ts';
import { SealedWords } from '../../personal/words.ts';
import { prepareAdmin } from '../../registry/prepare-admin.ts';
import type { HttpDeps } from '../deps.ts';
import type { Passwords } from '../sessions.ts';
import type { HttpServer } from '../bare-app.ts';
import { createHttpServer } from '../server.ts';
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
  /** Of the database. */
  url: string;
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
  alerts.pool = database.pool;
  const cipher = createPersonalData(randomBytes(DATA_KEY_BYTES));
  const deps: HttpDeps = {
    pool: database.pool,
    clock,
    words: new SealedWords({ db: database.pool, cipher, now: () => clock.now() }),
    log: silentLog(),
    metrics: createMetrics({ process: false }),
    newId: idSource(clock),
    cipher,
    passwords: quickPasswords,
    alerts: { commands: alerts, queries: alerts },
    orders: { commands: orders, queries: orders },
    stream,
    intake,
    notReady: () => [],
    timeZone: 'Asia/Shanghai',
    checkAnswers: true,
    ...more,
  };
  await prepareAdmin(database.pool, {
    password: ADMIN_PASSWORD,
    nowAt: clock.now(),
    passwords: quickPasswords,
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
    url: database.url,
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

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** Quick, and good for nothing else. */
export const quickPasswords: Passwords = {
  hash: (password) => Promise.resolve(sha256(password)),
  verify: (password, hash) => Promise.resolve(sha256(password) === hash),
  isOutdated: () => false,
};
