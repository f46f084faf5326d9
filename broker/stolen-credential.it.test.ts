import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerOptions } from './broker.ts';
import { BrokerHarness, SECRET } from './testing/broker-harness.ts';
import { eventually } from './testing/eventually.ts';
import { connectPacket, publishPacket, subscribePacket } from './testing/packets.ts';

/**
 * A stolen device credential can do nothing but speak as that device. The rights themselves are tabled in
 * `authorise.test.ts`; here the whole broker is asked, over its socket. `d1` lives in `h1`, `g1` is the gateway there.
 */
let broker: BrokerHarness;
beforeAll(async () => {
  broker = await BrokerHarness.start({
    limits: { subscriptionsPerConnection: 50 },
  } satisfies Partial<BrokerOptions>);
});
afterAll(() => broker.stop());

let made = 0;
const thief = () => broker.client('d1', { clientId: `thief-${(made += 1)}` });

describe('a stolen device credential', () => {
  it.each(['sos', 'presence', 'status'])(
    'speaks as its device on %s: this is all it can do',
    async (channel) => {
      const client = await thief();
      client.send(publishPacket({ topic: `care/v1/h1/d1/${channel}`, id: 7 }));
      await client.next(4);
      expect(broker.intake.messages.at(-1)?.principal).toEqual({ type: 'device', id: 'd1', homeId: 'h1' });
    },
  );

  it.each([
    ["its neighbour's", 'care/v1/h1/d2/sos'],
    ["its gateway's", 'care/v1/h1/g1/status'],
    ['its own id in another home', 'care/v1/h3/d1/sos'],
    ['a device of another home', 'care/v1/h3/d3/sos'],
    ['an unregistered one of its home', 'care/v1/h1/made-up/sos'],
    ['commands, its own', 'care/v1/h1/d1/cmd'],
    ["commands, its neighbour's", 'care/v1/h1/d2/cmd'],
    ["the gateway's language", 'zigbee2mqtt/button'],
    ['the namespace within', '$gateway/g1/zigbee2mqtt/button'],
    ['what the broker accepts with', '$accepted'],
    ['the broker’s own', '$SYS/broker/uptime'],
    ['another version', 'care/v2/h1/d1/sos'],
    ['anything', 'x'],
  ])('may not publish to %s topics: the connection ends, nothing is taken', async (_whose, topic) => {
    const before = broker.intake.messages.length;
    for (const qos of [0, 1, 2] as const) {
      const client = await thief();
      client.send(publishPacket({ topic, qos }));
      await client.end();
      expect(client.received.filter(({ type }) => type >= 4 && type <= 5)).toEqual([]);
    }
    expect(broker.intake.messages).toHaveLength(before);
  });

  it.each([
    'care/v1/h1/d2/cmd',
    'care/v1/h1/+/cmd',
    'care/v1/+/d1/cmd',
    'care/v1/h3/d3/cmd',
    'care/v1/h1/d1/sos',
    'care/v1/h1/d1/#',
    'care/v1/#',
    '#',
    '+/+/+/+/+',
    '$SYS/#',
    '$gateway/#',
    '$gateway/g1/zigbee2mqtt/#',
    '$share/x/care/v1/h1/d2/cmd',
    'zigbee2mqtt/#',
  ])('may not listen to %s', async (filter) => {
    const client = await thief();
    client.send(subscribePacket(1, filter));
    expect((await client.next(9)).body[2]).toBe(0x80);
  });

  it('may not leave a will that speaks for another', async () => {
    for (const topic of ['care/v1/h1/d2/status', 'care/v1/h3/d3/status', 'zigbee2mqtt/bridge/state', '#']) {
      const client = await broker.open();
      const will = { topic, payload: '{"online":false}' };
      client.send(connectPacket({ username: 'd1', password: SECRET, clientId: 'will', will }));
      await client.end();
      expect(client.received.every(({ type, body }) => type === 2 && body[1] !== 0)).toBe(true);
    }
  });

  it('shuts nobody else out, whatever client id it takes', async () => {
    const victim = await broker.client('d2', { clientId: 'victim' });
    for (const clientId of ['victim', 'd2/victim', '/victim', '../d2/victim']) {
      const client = await broker.client('d1', { clientId });
      client.cut();
    }
    victim.send(publishPacket({ topic: 'care/v1/h1/d2/presence', id: 3 }));
    await victim.next(4);
    expect(victim.closed).toBe(false);
  });

  it('is not another’s: its secret with any other name is refused, and no name at all', async () => {
    broker.registry.set({ type: 'device', id: 'd9', homeId: 'h9' }, 'of its own');
    for (const fields of [
      { username: 'd9', password: SECRET },
      { username: 'd9', password: '' },
      { username: '', password: SECRET },
      { username: 'd1' },
      {},
    ]) {
      const client = await broker.open();
      client.send(connectPacket({ clientId: 'other', ...fields }));
      await client.end();
      expect(client.received.filter(({ type, body }) => type === 2 && body[1] === 0)).toEqual([]);
    }
  });

  it('ends where it is retired, and where its secret is replaced: at once, or when the overlap is over', async () => {
    const principal = { type: 'device', id: 'd8', homeId: 'h8' } as const;
    broker.registry.set(principal, SECRET);
    const old = await broker.client('d8', { clientId: 'old' });
    broker.registry.rotate(principal, 'fresh', Date.now() + 500);
    broker.broker.registryChanged('device:d8');
    const late = await broker.client('d8', { clientId: 'late' });
    const fresh = await broker.client('d8', { clientId: 'fresh', password: 'fresh' });
    await Promise.all([old.end(), late.end()]);
    const again = await broker.open();
    again.send(connectPacket({ username: 'd8', password: SECRET, clientId: 'again' }));
    await again.end();
    expect(fresh.closed).toBe(false);
    broker.registry.retire('d8');
    broker.broker.registryChanged('device:d8');
    await fresh.end();
    await eventually(() => broker.count('closed:revoked')).toBe(3);
  });
});
