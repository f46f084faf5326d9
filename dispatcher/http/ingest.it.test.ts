import { beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../platform/metrics.ts';
import { until } from '../../tests/support/until.ts';
import { type Call, type Harness, startHarness } from './testing/harness.ts';
import { createIntakeServer } from './intake-server.ts';
import { COMMIT_WITHIN_MS } from './routes/ingest.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
let bridge: Call;
anewOnRetry(
  async () => {
    h = await startHarness();
    for (const id of ['h1', 'h2']) await h.admin('POST', '/homes', { id, street: '莲花' });
    bridge = h.as((await h.admin('POST', '/bridges', { id: 'cloud', homes: ['h1'] })).body.secret);
  },
  () => h.close(),
);
beforeEach(() => {
  h.intake.messages.length = 0;
  h.intake.waiting = false;
  h.intake.saturated = false;
});

const press = { homeId: 'h1', deviceId: 'b1', channel: 'sos', payload: { action: 'press', id: 'p1' } };
const presence = { homeId: 'h1', deviceId: 'p1', channel: 'presence', payload: { x: 1 } };

describe('POST /ingest', () => {
  it('hands every message to the intake as the bridge, and answers with what became of each', async () => {
    const answer = await bridge('POST', '/ingest', [press, presence]);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual([
      { result: 'reading', messageId: 'm1' },
      { result: 'reading', messageId: 'm2' },
    ]);
    expect(h.intake.messages[0]).toMatchObject({
      principal: { type: 'bridge', id: 'cloud', homes: ['h1'] },
      topic: 'care/v1/h1/b1/sos',
      qos: 1,
      receivedAt: h.clock.now(),
    });
    expect(Buffer.from(h.intake.messages[0]?.payload ?? []).toString()).toBe('{"action":"press","id":"p1"}');
  });

  it('hands on a vendor’s message with its topic, for the codec that the topic names', async () => {
    const vendor = { homeId: 'h1', topic: 'acme/b7/event', payload: { key: 'down' } };
    const answer = await bridge('POST', '/ingest', [vendor, { ...vendor, homeId: 'h2' }]);
    expect(answer.body).toEqual([
      { result: 'reading', messageId: 'm1' },
      { result: 'refused', reason: 'foreign_home' },
    ]);
    expect(h.intake.messages).toHaveLength(1);
    expect(h.intake.messages[0]).toMatchObject({
      principal: { type: 'bridge', id: 'cloud', homeId: 'h1', codec: 'acme' },
      topic: 'acme/b7/event',
    });
  });

  it.each([
    [{ homeId: 'h1', payload: {} }, ['0.deviceId', '0.channel']],
    [{ ...press, topic: 'acme/b7/event' }, ['0.deviceId', '0.channel']],
    [{ homeId: 'h1', topic: 'care/v1/h1/b1/sos', payload: {} }, ['0.topic']],
    [{ homeId: 'h1', topic: 'acme/#', payload: {} }, ['0.topic']],
  ])('says of %j what is wrong with it', async (element, fields) => {
    const answer = await bridge('POST', '/ingest', [element]);
    expect(answer.status).toBe(400);
    expect(answer.body.problems.map((p: { field: string }) => p.field)).toEqual(fields);
  });

  it('refuses a home that is not the bridge’s, and takes its neighbours', async () => {
    const answer = await bridge('POST', '/ingest', [{ ...press, homeId: 'h2' }, press]);
    expect(answer.body).toEqual([
      { result: 'refused', reason: 'foreign_home' },
      { result: 'reading', messageId: 'm1' },
    ]);
  });

  it('is for a bridge with its secret: no user, no stranger, no retired or re-keyed bridge', async () => {
    expect((await h.anonymous('POST', '/ingest', [press])).status).toBe(401);
    expect((await h.admin('POST', '/ingest', [press])).status).toBe(401);
    const other = await h.admin('POST', '/bridges', { id: 'other', homes: ['h1'] });
    expect((await h.as(other.body.secret)('POST', '/ingest', [press])).status).toBe(200);
    const fresh = await h.admin('POST', '/bridges/other/secret');
    expect((await h.as(other.body.secret)('POST', '/ingest', [press])).status).toBe(401);
    await h.admin('DELETE', '/bridges/other');
    expect((await h.as(fresh.body.secret)('POST', '/ingest', [press])).status).toBe(401);
  });

  it('is 503 if it cannot commit in time (I1)', async () => {
    h.intake.waiting = true;
    const answer = bridge('POST', '/ingest', [press]);
    await until('the message', () => h.intake.messages.length === 1);
    h.clock.advance(COMMIT_WITHIN_MS);
    expect(await answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect((await answer).headers['retry-after']).toBeDefined();
  });

  it('turns telemetry away when the intake is full, but never a call for help', async () => {
    h.intake.saturated = true;
    expect((await bridge('POST', '/ingest', [presence])).status).toBe(503);
    expect((await bridge('POST', '/ingest', [presence, press])).status).toBe(200);
  });

  it('passes on what is too large by size and hash, or refuses it', async () => {
    const large = { ...press, payload: { text: 'x'.repeat(20_000) } };
    const huge = { ...press, payload: { text: 'x'.repeat(300_000) } };
    const { body } = await bridge('POST', '/ingest', [large, huge]);
    expect(body[1]).toEqual({ result: 'refused', reason: 'too_large' });
    expect(h.intake.messages).toMatchObject([
      { payload: undefined, size: 20_011, sha256: expect.any(Buffer) },
    ]);
  });

  it.each([
    ['no list', { homeId: 'h1' }],
    ['an empty list', []],
    ['an id that is none', [{ ...press, homeId: 'a/b' }]],
    ['an unknown field', [{ ...press, extra: 1 }]],
    ['too many', Array.from({ length: 1_001 }, () => press)],
  ])('refuses %s as a whole', async (_, body) => {
    expect((await bridge('POST', '/ingest', body)).status).toBe(400);
    expect(h.intake.messages).toEqual([]);
  });
});

describe('a process without the dispatcher', () => {
  it('takes messages over HTTP, and says how it does; everything else is not there', async () => {
    const server = await createIntakeServer({ ...h.deps, metrics: createMetrics({ process: false }) });
    const secret = (await h.admin('POST', '/bridges', { id: 'apart', homes: ['h1'] })).body.secret as string;
    const ask = (method: 'GET' | 'POST', url: string, payload?: object) =>
      server.app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${secret}` },
        ...(payload && { payload }),
      });
    const taken = await ask('POST', '/api/v1/ingest', [press]);
    expect([taken.statusCode, taken.json()]).toEqual([200, [{ result: 'reading', messageId: 'm1' }]]);
    expect(
      (await server.app.inject({ method: 'POST', url: '/api/v1/ingest', payload: [press] })).statusCode,
    ).toBe(401);
    for (const path of ['/livez', '/readyz', '/metrics'])
      expect((await ask('GET', path)).statusCode).toBe(200);
    const nothing = await ask('GET', '/api/v1/alerts');
    expect(nothing.statusCode).toBe(404);
    expect(nothing.headers['content-type']).toContain('application/problem+json');
    await server.close();
  });
});
