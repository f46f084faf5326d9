import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { startRedisIn } from '../tests/chaos/redis.ts';
import { Elsewhere, type NeighbourEvents, type SessionNotice } from './neighbours.ts';
import { RedisNeighbours } from './redis-neighbours.ts';
import { BrokerHarness, SECRET } from './testing/broker-harness.ts';
import { eventually } from './testing/eventually.ts';
import {
  connectPacket,
  DISCONNECT,
  PINGREQ,
  publishPacket,
  subscribePacket,
  unsubscribePacket,
} from './testing/packets.ts';
import { RawClient } from './testing/raw-client.ts';

const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;
const cmd = 'care/v1/h1/d1/cmd';

const folder = mkdtempSync(join(tmpdir(), 'yinling-brokers-'));
const redis = await startRedisIn(folder);
if (redis === undefined)
  console.warn('several brokers over Redis are not tested: there is no redis-server on this machine');

afterAll(async () => {
  await redis?.kill9();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(redis === undefined)('brokers over one Redis', () => {
  const brokers: BrokerHarness[] = [];
  const clients: RawClient[] = [];
  const start = async (): Promise<BrokerHarness> => {
    const neighbours = new RedisNeighbours({
      url: redis?.url ?? '',
      clock: systemClock,
      log: silentLog(),
    });
    const broker = await BrokerHarness.start({ neighbours });
    brokers.push(broker);
    return broker;
  };
  /** A connection for a session that is to outlive it; whether there was one. */
  const returning = async (broker: BrokerHarness): Promise<{ client: RawClient; present: boolean }> => {
    const client = await RawClient.open(broker.port);
    clients.push(client);
    client.send(connectPacket({ clientId: 'c', username: 'd1', password: SECRET, clean: false }));
    const { body } = await client.next(CONNACK);
    expect(body[1]).toBe(0);
    return { client, present: body[0] === 1 };
  };
  /** Of two in the same one either may be held to be the later. */
  const nextMillisecond = async (): Promise<void> => {
    const now = Date.now();
    await eventually(() => Date.now() > now).toBe(true);
  };
  const leave = async (client: RawClient): Promise<void> => {
    client.send(DISCONNECT);
    await client.end();
  };
  /** Once the broker has heard from Redis: only then does it hear of its neighbours. */
  const listening = async (...all: BrokerHarness[]): Promise<void> => {
    for (const broker of all) {
      const other = all.find((one) => one !== broker);
      if (other === undefined) continue;
      const first = await broker.client('d2', { clientId: 'probe' });
      // Each of these is told; the first that is heard takes it over
      await eventually(async () => {
        await other.client('d2', { clientId: 'probe' });
        return first.closed;
      }).toBe(true);
    }
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.cut();
    for (const broker of brokers.splice(0)) await broker.stop();
    await redis?.kill9();
    await redis?.start();
  });
  it('a client that comes to another broker is taken over there [MQTT-3.1.4-2], without its will', async () => {
    const [one, two] = [await start(), await start()];
    await listening(one, two);
    const will = { topic: 'care/v1/h1/d1/status', payload: '{"online":false}', qos: 1 as const };
    const first = await one.client('d1', { will });
    await nextMillisecond();
    await two.client('d1', { will });
    await first.end();
    expect(one.count('closed:take_over')).toBeGreaterThan(0);
    await one.stop();
    expect(one.intake.messages.filter((message) => message.will === true)).toEqual([]);
  });

  it('of two that come to two brokers at once one stays, also where the clock cannot tell which was first', async () => {
    const [one, two] = [await start(), await start()];
    await listening(one, two);
    for (let n = 0; n < 20; n++) {
      const clientId = `at-once-${n}`;
      const both = await Promise.all([one, two].map((broker) => broker.client('d1', { clientId })));
      await eventually(() => both.filter((client) => client.closed).length).toBe(1);
    }
  });

  it('what a gateway says at one broker is heard by its listener at another, and by no other gateway', async () => {
    const [one, two] = [await start(), await start()];
    await listening(one, two);
    const own = await two.client('g1', { clientId: 'listener' });
    const foreign = await two.client('g2', { clientId: 'listener' });
    for (const client of [own, foreign]) {
      client.send(subscribePacket(1, ['zigbee2mqtt/#', 1]));
      await client.next(SUBACK);
    }
    const speaker = await one.client('g1');
    speaker.send(publishPacket({ topic: 'zigbee2mqtt/bridge/state', payload: '{"state":"online"}', id: 3 }));
    await speaker.next(PUBACK);
    expect((await own.next(PUBLISH)).body.toString()).toContain('{"state":"online"}');
    foreign.send(PINGREQ);
    await foreign.next(PINGRESP);
    expect(foreign.received).toEqual([]);
    // Accepted once, where it was said
    expect(one.topics).toEqual(['zigbee2mqtt/bridge/state']);
    expect(two.topics).toEqual([]);
  });

  it('a session outlives its broker’s process: commands reach it at the next one, just started, without subscribing again', async () => {
    const one = await start();
    const { client, present } = await returning(one);
    expect(present).toBe(false);
    client.send(subscribePacket(1, [cmd, 1], ['care/v1/h1/d1/other', 1]));
    await client.next(SUBACK);
    client.send(unsubscribePacket(2, 'care/v1/h1/d1/other'));
    await client.next(UNSUBACK);
    await leave(client);
    await one.stop();

    const two = await start();
    const back = await returning(two);
    expect(back.present).toBe(true);
    await eventually(() =>
      two.broker.sendCommand('h1', 'd1', { cmd: 'beep' }, systemClock.now() + 60_000),
    ).toBe(true);
    expect((await back.client.next(PUBLISH)).body.toString()).toContain('"beep"');
    await leave(back.client);

    // A clean session leaves nothing of it
    const clean = await two.client('d1', { clientId: 'c', clean: true });
    await leave(clean);
    await eventually(async () => {
      const { client: again, present: still } = await returning(two);
      await leave(again);
      return still;
    }).toBe(false);
  });

  it('I10: without Redis devices come, speak and are acknowledged all the same', async () => {
    const one = await start();
    await redis?.kill9();
    const clean = await one.client('d1');
    clean.send(publishPacket({ topic: 'care/v1/h1/d1/sos', payload: '{"action":"press"}', id: 9 }));
    await clean.next(PUBACK);
    await leave(clean);
    const { client } = await returning(one);
    client.send(subscribePacket(1, [cmd, 1]));
    await client.next(SUBACK);
    expect(one.broker.sendCommand('h1', 'd1', { cmd: 'beep' }, systemClock.now() + 60_000)).toBe(true);
  });

  it('a take-over that nobody could tell is made up for when Redis is back', async () => {
    const [one, two] = [await start(), await start()];
    await listening(one, two);
    await redis?.kill9();
    const first = await one.client('d1');
    await nextMillisecond();
    await two.client('d1');
    first.send(PINGREQ);
    await first.next(PINGRESP);
    await redis?.start();
    await first.end();
    expect(one.count('closed:take_over')).toBeGreaterThan(0);
  });
});

describe.skipIf(redis === undefined)('neighbours over Redis', () => {
  const made: RedisNeighbours[] = [];
  const start = async (events: Partial<NeighbourEvents> = {}): Promise<RedisNeighbours> => {
    const neighbours = new RedisNeighbours({ url: redis?.url ?? '', clock: systemClock, log: silentLog() });
    made.push(neighbours);
    await neighbours.start({ began: () => {}, relayed: () => {}, reached: () => {}, ...events });
    return neighbours;
  };
  const notice = (n: number): SessionNotice => ({
    clientId: `d${n}/c`,
    username: `d${n}`,
    epoch: n,
    willTopic: undefined,
  });
  afterEach(async () => {
    await Promise.all(made.splice(0).map((neighbours) => neighbours.stop()));
  });

  it('a thousand sessions that begin together are told in two messages, each of them once', async () => {
    const heard: (readonly SessionNotice[])[] = [];
    await start({ began: (notices) => void heard.push(notices) });
    const speaker = await start();
    // What is said before the other hears is lost, and said again when it asks
    await eventually(() => {
      speaker.announce(notice(0));
      return heard.length > 0;
    }).toBe(true);
    speaker.announce(notice(-1));
    await eventually(() => heard.at(-1)?.at(-1)).toEqual(notice(-1));
    heard.splice(0);
    const all = Array.from({ length: 1_000 }, (_, n) => notice(n));
    for (const one of all) speaker.announce(one);
    await eventually(() => heard.flat().length).toBe(all.length);
    expect(heard.flat()).toEqual(all);
    expect(heard.map((notices) => notices.length)).toEqual([500, 500]);
  });

  it('what is said of one session keeps its order, however much is gathered', async () => {
    const neighbours = await start();
    const topic = { topic: cmd, qos: 1 as const };
    neighbours.hold('d1/order', [topic]);
    neighbours.letGo('d1/order');
    neighbours.letGo('d2/order');
    expect(await neighbours.held('d1/order')).toEqual([]);
    neighbours.letGo('d1/order');
    neighbours.hold('d1/order', [topic, { topic: 'other', qos: 0 }]);
    neighbours.letGo('d1/order', ['other']);
    neighbours.letGo('d2/order');
    expect(await neighbours.held('d1/order')).toEqual([topic]);
  });

  it('who asks for what is held is told at once that Redis is away', async () => {
    const neighbours = await start();
    expect(await neighbours.held('d1/away')).toEqual([]);
    await redis?.kill9();
    expect(await neighbours.held('d1/away')).toBeUndefined();
    await redis?.start();
  });
});

describe('what is known of other brokers', () => {
  const notice = (epoch: number) => ({ clientId: 'c', username: 'd1', epoch, willTopic: undefined });

  it('of a credential is its latest session, in whatever order it was heard', () => {
    const elsewhere = new Elsewhere();
    elsewhere.heard(notice(5));
    elsewhere.heard(notice(3));
    expect(elsewhere.of('d1')).toEqual([notice(5)]);
    expect(elsewhere.of('d2')).toEqual([]);
    elsewhere.forget('d1');
    expect(elsewhere.of('d1')).toEqual([]);
  });
});
