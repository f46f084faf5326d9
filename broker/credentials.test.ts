import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.ts';
import type { Principal } from '../schemas/inbound.ts';
import { Credentials } from './credentials.ts';
import { FakeRegistry } from './testing/fake-registry.ts';

const device = (id = 'd'): Principal => ({ type: 'device', id, homeId: 'h' });
const secret = Buffer.from('secret');
const proof = createHash('sha256').update(secret).digest();

function setUp(limits = {}) {
  const registry = new FakeRegistry().set(device(), 'secret');
  const clock = new ManualClock();
  const credentials = new Credentials({ lookup: registry.lookup, clock, limits: { apartMs: 0, ...limits } });
  return { registry, clock, credentials };
}

describe('credentials', () => {
  it('are known with the right secret, not with another, nor without an entry', async () => {
    const { credentials } = setUp();
    expect(await credentials.check('d', secret)).toEqual({ result: 'known', principal: device(), proof });
    expect(await credentials.check('d', Buffer.from('Secret'))).toEqual({ result: 'wrong_secret' });
    expect(await credentials.check('e', secret)).toEqual({ result: 'unknown' });
  });

  it.each(['', 'a b', "d' or 1=1", 'x'.repeat(65), 'care/v1', 'd\u0000'])(
    'are not looked up for %j',
    async (name) => {
      const { registry, credentials } = setUp();
      expect(await credentials.check(name, secret)).toEqual({ result: 'unknown' });
      expect(registry.lookups).toEqual([]);
    },
  );

  it('are looked up once while they are fresh', async () => {
    const { registry, clock, credentials } = setUp({ freshMs: 60_000 });
    for (let i = 0; i < 5; i++) await credentials.check('d', secret);
    expect(registry.lookups).toHaveLength(1);
    clock.advance(60_000);
    await credentials.check('d', secret);
    expect(registry.lookups).toHaveLength(2);
  });

  it('of ten thousand devices that reconnect at once are a few queries, two at a time', async () => {
    const clock = new ManualClock();
    let running = 0;
    let most = 0;
    let queries = 0;
    const credentials = new Credentials({
      clock,
      lookup: async (names) => {
        queries += 1;
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return new Map(names.map((id) => [id, [{ principal: device(id), secretHash: proof }]]));
      },
    });
    const checks = Array.from({ length: 10_000 }, (_, i) => credentials.check(`d${i}`, secret));
    const again = Array.from({ length: 10_000 }, (_, i) => credentials.check(`d${i}`, secret));
    const results = await Promise.all([...checks, ...again]);
    expect(results.every(({ result }) => result === 'known')).toBe(true);
    expect(queries).toBe(10);
    expect(most).toBe(2);
  });

  it('of devices that come one after the other, but fast, are one query every 20 ms; of one that comes alone at once', async () => {
    const { registry, clock, credentials } = setUp({ apartMs: 20 });
    await credentials.check('d', secret);
    const checks = [];
    for (let i = 0; i < 10; i++) {
      checks.push(credentials.check(`d${i}`, secret));
      await clock.advanceAsync(4);
    }
    await clock.advanceAsync(20);
    await Promise.all(checks);
    expect(registry.lookups.map((names) => names.length)).toEqual([1, 5, 5]);
    await clock.advanceAsync(20);
    await credentials.check('again', secret);
    expect(registry.lookups).toHaveLength(4);
  });

  it('of more names than may wait are turned away as unavailable', async () => {
    const { credentials } = setUp({ waiting: 2 });
    const results = await Promise.all(['a', 'b', 'c'].map((name) => credentials.check(name, secret)));
    expect(results.map(({ result }) => result)).toEqual(['unknown', 'unknown', 'unavailable']);
  });

  it('that were known keep being known while the database is away, stale or not', async () => {
    const { registry, clock, credentials } = setUp();
    await credentials.check('d', secret);
    registry.away = true;
    credentials.invalidateAll();
    clock.advance(3_600_000);
    expect(await credentials.check('d', secret)).toMatchObject({ result: 'known' });
    expect(await credentials.check('d', Buffer.from('x'))).toEqual({ result: 'wrong_secret' });
    expect(await credentials.check('e', secret)).toEqual({ result: 'unavailable' });
  });

  it('that are unknown are asked for again after a moment, or at once when the registry says so', async () => {
    const { registry, clock, credentials } = setUp({ unknownMs: 1_000 });
    await credentials.check('e', secret);
    registry.set(device('e'), 'secret');
    expect(await credentials.check('e', secret)).toEqual({ result: 'unknown' });
    clock.advance(1_000);
    expect(await credentials.check('e', secret)).toMatchObject({ result: 'known' });
    await credentials.check('f', secret);
    registry.set(device('f'), 'secret');
    credentials.invalidate('f');
    expect(await credentials.check('f', secret)).toMatchObject({ result: 'known' });
  });

  it('with a new secret are taken although the old one is cached', async () => {
    const { registry, clock, credentials } = setUp({ unknownMs: 1_000 });
    await credentials.check('d', secret);
    registry.set(device(), 'new');
    clock.advance(1_000);
    expect(await credentials.check('d', Buffer.from('new'))).toMatchObject({ result: 'known' });
    expect(await credentials.check('d', secret)).toEqual({ result: 'wrong_secret' });
  });

  it('that are guessed wrongly cost one look-up a second, not one each', async () => {
    const { registry, clock, credentials } = setUp({ unknownMs: 1_000 });
    for (let i = 0; i < 20; i++) await credentials.check('d', Buffer.from(`guess ${i}`));
    expect(registry.lookups).toHaveLength(1);
    clock.advance(1_000);
    for (let i = 0; i < 20; i++) await credentials.check('d', Buffer.from(`guess ${i}`));
    expect(registry.lookups).toHaveLength(2);
  });

  it('that are guessed do not crowd out known ones', async () => {
    const { registry, credentials } = setUp({ entries: 2, unknownEntries: 2 });
    await credentials.check('d', secret);
    for (let i = 0; i < 10; i++) await credentials.check(`guess${i}`, secret);
    registry.away = true;
    expect(await credentials.check('d', secret)).toMatchObject({ result: 'known' });
  });

  it('are not taken for fresh if the registry changed while they were looked up', async () => {
    const clock = new ManualClock();
    const answer = Promise.withResolvers<void>();
    let lookups = 0;
    const credentials = new Credentials({
      clock,
      limits: { apartMs: 0 },
      lookup: async () => {
        lookups += 1;
        await answer.promise;
        return new Map([['d', [{ principal: device(), secretHash: proof }]]]);
      },
    });
    const check = credentials.check('d', secret);
    await new Promise((resolve) => setImmediate(resolve));
    credentials.invalidate('d');
    answer.resolve();
    await check;
    await credentials.check('d', secret);
    expect(lookups).toBe(2);
  });

  it('of a session hold until they are retired, renewed or moved; in an outage nobody knows', async () => {
    const { registry, credentials } = setUp();
    expect(await credentials.stillHolds('d', proof, device())).toEqual({ untilMs: undefined });
    registry.set({ ...device(), homeId: 'h2' }, 'secret');
    expect(await credentials.stillHolds('d', proof, device())).toBe(false);
    registry.set(device(), 'new');
    expect(await credentials.stillHolds('d', proof, device())).toBe(false);
    registry.retire('d');
    expect(await credentials.stillHolds('d', proof, device())).toBe(false);
    registry.away = true;
    expect(await credentials.stillHolds('d', proof, device())).toBeUndefined();
  });

  it('that have been replaced hold as long as was said, also in an outage, and no longer', async () => {
    const { registry, clock, credentials } = setUp();
    const untilMs = clock.now() + 3_600_000;
    registry.rotate(device(), 'new', untilMs);
    expect(await credentials.check('d', secret)).toMatchObject({ result: 'known', untilMs });
    const fresh = await credentials.check('d', Buffer.from('new'));
    expect(fresh).toMatchObject({ result: 'known' });
    expect(fresh).not.toHaveProperty('untilMs');
    expect(await credentials.stillHolds('d', proof, device())).toEqual({ untilMs });
    registry.away = true;
    clock.advance(3_599_999);
    expect(await credentials.check('d', secret)).toMatchObject({ result: 'known' });
    clock.advance(1);
    expect(await credentials.check('d', secret)).toMatchObject({ result: 'wrong_secret' });
    expect(await credentials.check('d', Buffer.from('new'))).toMatchObject({ result: 'known' });
  });

  it('by certificate are of who is registered, and of nobody else', async () => {
    const { registry, credentials } = setUp();
    const known = await credentials.checkCertified('d');
    expect(known).toMatchObject({ result: 'known', principal: device() });
    expect(await credentials.checkCertified('e')).toEqual({ result: 'unknown' });
    if (known.result !== 'known') return;
    expect(await credentials.stillHolds('d', known.proof, device())).toEqual({ untilMs: undefined });
    registry.retire('d');
    expect(await credentials.stillHolds('d', known.proof, device())).toBe(false);
  });

  it('without a byte of secret are none, for all that certificates need none', async () => {
    const { credentials } = setUp();
    expect(await credentials.check('d', Buffer.alloc(0))).toEqual({ result: 'wrong_secret' });
  });
});
