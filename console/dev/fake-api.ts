import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { Alert, User } from '../model/api-types.ts';
import { FakeDesk } from './fake-desk.ts';
import type { StreamRow } from './fake-desk.ts';
import { ambulanceSheet } from './fake-office.ts';
import { registryAnswer } from './fake-registry.ts';

/**
 * The contract's calls over a FakeDesk, for developing the console and for fast browser tests. Logins need no
 * password worth the name; nothing is kept. Serves `dist` under the same strict content policy as the service.
 */
export interface FakeApi {
  url: string;
  desk: FakeDesk;
  /** Ends every stream now; with `refuseMs` the API also answers nothing for so long. */
  dropStreams(refuseMs?: number): void;
  /** Forgets the stream's past, so that the next resume gets `reset`. */
  forgetStream(): void;
  /** Requests seen, `METHOD path`, for tests. */
  requests: string[];
  close(): Promise<void>;
}

const USERS: Record<string, User> = {
  operator: { username: 'operator', role: 'operator', streets: [], caregiverId: null },
  limin: { username: 'limin', role: 'operator', streets: [], caregiverId: null },
  supervisor: { username: 'supervisor', role: 'supervisor', streets: [], caregiverId: null },
  admin: { username: 'admin', role: 'admin', streets: [], caregiverId: null },
  coded: { username: 'coded', role: 'supervisor', streets: [], caregiverId: null },
  carer: { username: 'carer', role: 'caregiver', streets: [], caregiverId: 'cg-001' },
};
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

export async function startFakeApi(
  options: { port?: number; alerts?: number; homes?: number; seed?: number; dist?: string } = {},
): Promise<FakeApi> {
  const desk = new FakeDesk(options.seed ?? 7, options.homes ?? 60);
  desk.populate(options.alerts ?? 14, Date.now());
  const streams = new Set<ServerResponse>();
  const requests: string[] = [];
  let refusedUntil = 0;
  const dist = options.dist ?? join(import.meta.dirname, '..', 'dist');

  const server: Server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://fake');
    requests.push(`${req.method} ${url.pathname}`);
    if (Date.now() < refusedUntil) {
      res.destroy();
      return;
    }
    const done = url.pathname.startsWith('/api/v1/')
      ? answer(desk, streams, req, res, url)
      : serveFile(dist, url.pathname, res);
    done.catch((error: unknown) => problem(res, 500, String(error)));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    desk,
    requests,
    dropStreams(refuseMs = 0) {
      refusedUntil = Date.now() + refuseMs;
      for (const s of streams) s.destroy();
    },
    forgetStream() {
      desk.oldestKept = desk.head;
      desk.stream.length = 0;
    },
    close() {
      for (const s of streams) s.destroy();
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  res.end(body === undefined ? '' : JSON.stringify(body));
}
export function problem(res: ServerResponse, status: number, detail: string, more: object = {}): void {
  if (res.headersSent) return void res.destroy();
  res.writeHead(status, { 'content-type': 'application/problem+json' });
  res.end(JSON.stringify({ type: 'about:blank', title: detail, status, detail, ...more }));
}

const userOf = (req: IncomingMessage): User | undefined => {
  const name = /(?:^|; )yinling_session=([a-z]+)/.exec(req.headers.cookie ?? '')?.[1];
  return name === undefined ? undefined : USERS[name];
};

async function bodyOf(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of req) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function answer(
  desk: FakeDesk,
  streams: Set<ServerResponse>,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
): Promise<void> {
  const path = url.pathname.slice('/api/v1'.length);
  const parts = path.split('/').filter(Boolean);
  const q = url.searchParams;
  const body = req.method === 'GET' ? {} : await bodyOf(req);
  if (path === '/session' && req.method === 'POST') {
    const user = USERS[String(body['username'])];
    if (!user || body['password'] !== 'password') return problem(res, 401, 'wrong username or password');
    if (user.username === 'coded' && body['code'] !== '123456')
      return problem(res, 401, 'a code is needed as well', {
        code: body['code'] === undefined ? 'code_needed' : 'wrong_code',
      });
    return send(
      res,
      200,
      { token: user.username, user },
      { 'set-cookie': `yinling_session=${user.username}; HttpOnly; SameSite=Strict; Path=/` },
    );
  }
  const user = userOf(req);
  if (!user) return problem(res, 401, 'log in first');
  if (path === '/session')
    return send(res, 204, undefined, { 'set-cookie': 'yinling_session=; Max-Age=0; Path=/' });
  if (path === '/me') return send(res, 200, user);
  if (path === '/stream') return openStream(desk, streams, req, res, url);
  const [kind, id, command] = parts;
  if (kind === 'alerts') {
    if (id === undefined) return send(res, 200, listAlerts(desk, q));
    const alert = desk.alerts.get(id);
    if (!alert) return problem(res, 404, 'no such alert');
    if (command === undefined) return send(res, 200, alert);
    if (command === 'recommendations') return send(res, 200, desk.recommend(id));
    if (command === 'ambulance-sheet') return send(res, 200, ambulanceSheet(desk, alert));
    if (command === 'ambulance-records') return send(res, 200, { items: [] });
    if (command === 'hand-to-120') return send(res, 201, {});
    const outcome = desk.command(id, command, user.username, body);
    if (!outcome) return problem(res, 404, 'no such command');
    return 'conflict' in outcome
      ? problem(res, 409, 'the alert has changed', { alert: outcome.conflict })
      : send(res, 200, outcome.body);
  }
  if (kind === 'orders') {
    if (id === undefined) {
      const states = q.get('state')?.split(',');
      const items = [...desk.orders.values()].filter(
        (o) =>
          (!states || states.includes(o.state)) &&
          (!q.get('alertId') || o.alertId === q.get('alertId')) &&
          (user.role !== 'caregiver' ||
            o.caregiverId === user.caregiverId ||
            o.offers.some((f) => f.caregiverId === user.caregiverId)),
      );
      return send(res, 200, { items: items.toReversed(), nextCursor: null, streamId: String(desk.head) });
    }
    if (command === undefined) {
      const order = desk.orders.get(id);
      return order ? send(res, 200, order) : problem(res, 404, 'no such order');
    }
    const outcome = desk.orderCommand(id, command, user.caregiverId ?? null, body);
    if (!outcome) return problem(res, 404, 'no such order');
    return 'conflict' in outcome
      ? problem(res, 409, 'the order has changed', { order: outcome.conflict })
      : send(res, 200, outcome.body);
  }
  const registry = registryAnswer(desk, user, req.method ?? 'GET', parts, q, body);
  if (registry)
    return registry.status >= 400
      ? refuse(res, registry.status, registry.body)
      : send(res, registry.status, registry.body);
  problem(res, 404, 'not found');
}

function refuse(res: ServerResponse, status: number, body: unknown): void {
  if (typeof body !== 'object' || body === null) return problem(res, status, String(body));
  const { detail, ...more } = body as { detail: string };
  problem(res, status, detail, more);
}

function listAlerts(desk: FakeDesk, q: URLSearchParams): unknown {
  const states = q.get('state')?.split(',');
  const home = q.get('homeId');
  const items: Alert[] = [...desk.alerts.values()]
    .filter((a) => !a.synthetic && (!states || states.includes(a.state)) && (!home || a.homeId === home))
    .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1));
  return {
    items: items.slice(0, Number(q.get('limit') ?? 100)),
    nextCursor: null,
    streamId: String(desk.head),
  };
}

function openStream(
  desk: FakeDesk,
  streams: Set<ServerResponse>,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
): Promise<void> {
  const header = req.headers['last-event-id'] ?? url.searchParams.get('lastEventId');
  const after = header == null ? desk.head : Number(header);
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  streams.add(res);
  const write = (row: StreamRow): void => {
    res.write(`id: ${row.no}\nevent: ${row.type}\ndata: ${JSON.stringify(row.data)}\n\n`);
  };
  if (after < desk.oldestKept) res.write(`id: ${desk.head}\nevent: reset\ndata: {}\n\n`);
  else for (const row of desk.stream) if (row.no > after) write(row);
  desk.listeners.add(write);
  const beat = setInterval(() => res.write(':\n\n'), 15_000);
  res.write(':\n\n');
  res.on('close', () => {
    clearInterval(beat);
    desk.listeners.delete(write);
    streams.delete(res);
  });
  return Promise.resolve();
}

async function serveFile(dist: string, path: string, res: ServerResponse): Promise<void> {
  const file =
    path === '/' ? 'index.html' : path === '/h5' ? 'h5.html' : normalize(path).replace(/^[/\\.]+/, '');
  try {
    const bytes = await readFile(join(dist, file));
    res.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CSP,
      'cache-control': file.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    res.end(bytes);
  } catch {
    problem(res, 404, 'no such file');
  }
}
