import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { anewOnRetry } from '../../../tests/support/anew.ts';
import { until } from '../../../tests/support/until.ts';
import { Relay } from '../../relay.ts';
import { Stream } from '../../stream.ts';
import { type Harness, startHarness } from '../testing/harness.ts';
import { BEAT_EVERY_MS } from './hub.ts';

/** A browser's side of the stream, over a bare socket: what arrives, byte by byte. */
class Reader {
  text = '';
  closed = false;
  readonly socket: Socket;

  constructor(port: number, headers: Record<string, string>, path = '/api/v1/stream') {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('utf8');
    this.socket.on('data', (chunk: string) => void (this.text += chunk));
    this.socket.on('close', () => void (this.closed = true));
    this.socket.on('error', () => undefined);
    const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([k, v]) => `${k}: ${v}`);
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  }
  /** Events by id, in order of arrival; chunk sizes of the transfer encoding fall away. */
  get events(): { id: number; type: string; data: string }[] {
    return [...this.text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n/g)].map(
      ([, id, type = '', data = '']) => ({
        id: Number(id),
        type,
        data,
      }),
    );
  }
  get ids(): number[] {
    return this.events.map((event) => event.id);
  }
  get connected(): boolean {
    return this.text.includes(': connected');
  }
  close(): void {
    this.socket.destroy();
  }
}

let h: Harness;
let port: number;
let token: string;
const open: Reader[] = [];
async function read(headers: Record<string, string> = {}, path?: string): Promise<Reader> {
  const reader = new Reader(port, { authorization: `Bearer ${token}`, ...headers }, path);
  open.push(reader);
  await until('the stream', () => reader.connected || reader.closed);
  return reader;
}
anewOnRetry(
  async () => {
    h = await startHarness();
    ({ port } = await h.server.listen('127.0.0.1', 0));
    token = await h.login('admin');
  },
  () => h.close(),
);
afterEach(() => {
  for (const reader of open.splice(0)) reader.close();
});

describe('GET /stream', () => {
  it('begins at once, with a comment, the headers of an event stream and of our policy', async () => {
    const reader = await read();
    const head = reader.text.toLowerCase();
    expect(head).toContain('http/1.1 200');
    expect(head).toContain('content-type: text/event-stream');
    expect(head).toContain('cache-control: no-store');
    expect(head).toContain('content-security-policy');
    expect(head).not.toContain('content-encoding');
    expect(reader.text).toContain('retry: 2000');
  });

  it('sends whole alerts as they are published, with ids that grow', async () => {
    const reader = await read();
    const first = h.stream.publish({ id: 'a1', text: '跌倒' });
    h.stream.publish({ id: 'o1', service: 'meal', offers: [] }, { type: 'order' });
    h.stream.publish({ id: 'd1' }, { type: 'device' });
    await until('three events', () => reader.events.length === 3);
    expect(reader.events.map(({ type }) => type)).toEqual(['alert', 'order', 'device']);
    expect(reader.ids).toEqual([first, first + 1, first + 2]);
    expect(JSON.parse(reader.events[0]!.data)).toEqual({ id: 'a1', text: '跌倒' });
  });

  it('goes on after Last-Event-ID, from header or query, and by cookie as by token', async () => {
    const from = h.stream.publish({ n: 1 });
    h.stream.publish({ n: 2 });
    h.stream.publish({ n: 3 });
    const byHeader = await read({ 'last-event-id': String(from) });
    const byQuery = await read({}, `/api/v1/stream?lastEventId=${from + 1}`);
    const byCookie = new Reader(port, { cookie: `yinling_session=${token}`, 'last-event-id': String(from) });
    open.push(byCookie);
    await until(
      'all three',
      () => byHeader.ids.length === 2 && byQuery.ids.length === 1 && byCookie.ids.length === 2,
    );
    expect(byHeader.ids).toEqual([from + 1, from + 2]);
    expect(byQuery.ids).toEqual([from + 2]);
  });

  it('is reset when Last-Event-ID is too old, and goes on live', async () => {
    h.stream.oldest = h.stream.events.length + 1;
    const reader = await read({ 'last-event-id': '0' });
    const head = h.stream.events.length;
    h.stream.publish({ n: 1 });
    await until('two events', () => reader.events.length === 2);
    expect(reader.events).toMatchObject([
      { type: 'reset', id: head },
      { type: 'alert', id: head + 1 },
    ]);
    h.stream.oldest = 1;
  });

  it('comments every fifteen seconds', async () => {
    const reader = await read();
    h.clock.advance(BEAT_EVERY_MS);
    await until('a beat', () => reader.text.split(': beat').length === 2);
    h.clock.advance(BEAT_EVERY_MS);
    await until('another', () => reader.text.split(': beat').length === 3);
  });

  it('needs a login', async () => {
    const reader = new Reader(port, { authorization: 'Bearer nonsense' });
    open.push(reader);
    await until('an answer', () => reader.text.includes('401'));
  });

  it('shows a user their streets, and follows what an administrator changes', async () => {
    const user = await h.userOf('operator', { streets: ['莲花'] });
    const reader = await read({ authorization: `Bearer ${user.token}` });
    h.stream.publish({ n: 1 }, { street: '福保' });
    const mine = h.stream.publish({ n: 2 }, { street: '莲花' });
    await until('one event', () => reader.ids.length === 1);
    expect(reader.ids).toEqual([mine]);
    await h.admin('PATCH', `/users/${user.username}`, { streets: ['福保'] });
    h.clock.advance(BEAT_EVERY_MS);
    await until('the other street', () => {
      h.stream.publish({ n: 3 }, { street: '福保' });
      return reader.ids.length > 1;
    });
  });

  it('ends with the session: at once on logout, at the next beat when it is over or the user gone', async () => {
    const [out, gone] = [await h.userOf('operator'), await h.userOf('operator')];
    const first = await read({ authorization: `Bearer ${out.token}` });
    await out.call('DELETE', '/session');
    await until('its end', () => first.closed);
    const second = await read({ authorization: `Bearer ${gone.token}` });
    await h.admin('DELETE', `/users/${gone.username}`);
    h.clock.advance(BEAT_EVERY_MS);
    await until('its end', () => second.closed);
  });

  it('drops a reader that does not read, and nobody else notices (lessons: aedes #1060)', async () => {
    const frozen = await read();
    const well = await read();
    frozen.socket.pause();
    const before = h.stream.events.length;
    const large = 'x'.repeat(256 * 1024);
    await until('the drop', async () => {
      h.stream.publish({ large });
      await new Promise((resolve) => setImmediate(resolve));
      return (await h.deps.metrics.text()).includes('yinling_stream_dropped_total{reason="slow"} 1');
    });
    const published = h.stream.events.length - before;
    await until('the others', () => well.ids.length === published);
    // Not more is kept for one reader than a few megabytes.
    expect(published).toBeLessThan(100);
  });
});

describe('closing the server', () => {
  it('ends streams, lets a running request finish, and then is gone', async () => {
    const other = await startHarness();
    const at = (await other.server.listen('127.0.0.1', 0)).port;
    const reader = new Reader(at, { authorization: `Bearer ${await other.login('admin')}` });
    await until('the stream', () => reader.connected);
    const made = await other.admin('POST', '/homes', { id: 'h1', street: '莲花' });
    expect(made.status).toBe(201);
    const { secret } = (await other.admin('POST', '/bridges', { homes: ['h1'] })).body;
    let commit = (): void => undefined;
    other.intake.accept = () =>
      new Promise((resolve) => {
        commit = () => resolve({ result: 'reading', messageId: 'm1' });
      });
    const running = fetch(`http://127.0.0.1:${at}/api/v1/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify([{ homeId: 'h1', deviceId: 'b', channel: 'sos', payload: {} }]),
    });
    const waiting = commit;
    await until('the message', () => commit !== waiting);
    const closed = other.close();
    await until('the end of the stream', () => reader.closed);
    commit();
    expect((await running).status).toBe(200);
    await closed;
    const refused = await new Promise<unknown>((done) => {
      const socket = connect(at, '127.0.0.1', () => done('connected'));
      socket.on('error', done);
    });
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('on the real relay', () => {
  it('readers that come and go at any time miss nothing and see nothing twice, while writers write', async () => {
    const stream = new Stream({ pool: h.pool, log: silentLog() });
    const relay = new Relay({
      pool: h.pool,
      clock: systemClock,
      log: silentLog(),
      serverId: 'test',
      onPublished: (events) => stream.publish(events),
    });
    const real = await startHarness({ pool: h.pool, stream, clock: systemClock });
    const { port: realPort } = await real.server.listen('127.0.0.1', 0);
    const realToken = await real.login('admin');
    await stream.start();
    relay.start();
    try {
      const total = 400;
      let written = 0;
      const writer = async (): Promise<void> => {
        while (written < total) {
          written += 1;
          await h.pool.query(
            `insert into outbox (type, ref, street, data, created_at) values ('device', 'd', '莲花', '{"n":1}', now())`,
          );
          relay.wake();
        }
      };
      const reader = async (): Promise<number[]> => {
        const seen: number[] = [];
        while ((seen.at(-1) ?? 0) < total) {
          const one = new Reader(realPort, {
            authorization: `Bearer ${realToken}`,
            'last-event-id': String(seen.at(-1) ?? 0),
          });
          const enough = 1 + Math.floor(Math.random() * 60);
          await until('some events', () => one.ids.length >= enough || one.ids.at(-1) === total);
          one.close();
          seen.push(...one.ids);
        }
        return seen;
      };
      const readers = Array.from({ length: 6 }, reader);
      await Promise.all([writer(), writer(), writer()]);
      const seen = await Promise.all(readers);
      const { rows } = await h.pool.query<{ no: number }>('select no from stream_head');
      const all = Array.from({ length: rows[0]?.no ?? 0 }, (_, i) => i + 1);
      for (const ids of seen) expect(ids).toEqual(all.slice(0, ids.length));
      expect(all.length).toBeGreaterThanOrEqual(total);
    } finally {
      await relay.stop();
      await real.server.close();
    }
  });
});
