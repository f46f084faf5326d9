import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness, SECRET } from './testing/broker-harness.ts';
import {
  connectPacket,
  PINGREQ,
  pubackPacket,
  publishPacket,
  subscribePacket,
  unsubscribePacket,
} from './testing/packets.ts';
import type { RawClient, Received } from './testing/raw-client.ts';
import { eventually } from './testing/eventually.ts';

const PUBLISH = 3;
const PUBACK = 4;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;

let broker: BrokerHarness;
afterEach(() => broker.stop());

const topicOf = ({ body }: Received): string => body.subarray(2, 2 + body.readUInt16BE(0)).toString();
const payloadOf = ({ body, flags }: Received): string =>
  body.subarray(2 + body.readUInt16BE(0) + ((flags & 6) === 0 ? 0 : 2)).toString();
async function listening(username: string, filter: string, qos: 0 | 1 | 2 = 1): Promise<RawClient> {
  const client = await broker.client(username, { clientId: 'listener' });
  client.send(subscribePacket(1, [filter, qos]));
  const suback = await client.next(SUBACK);
  expect(suback.body[2]).not.toBe(0x80);
  return client;
}
async function quiet(client: RawClient): Promise<void> {
  client.send(PINGREQ);
  await client.next(PINGRESP);
  expect(client.received).toEqual([]);
}

describe("a codec gateway's topics", () => {
  it('go to the intake by their own names, and to its own other connections, not to another home', async () => {
    broker = await BrokerHarness.start();
    const own = await listening('g1', 'zigbee2mqtt/#');
    const foreign = await listening('g2', 'zigbee2mqtt/#');
    const bridge = await broker.client('g1');
    const payload = '{"action":"emergency","battery":100,"linkquality":120}';
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/0x00158d', payload, id: 3 }));
    await bridge.next(PUBACK);
    const delivered = await own.next(PUBLISH);
    expect(topicOf(delivered)).toBe('zigbee2mqtt/0x00158d');
    expect(payloadOf(delivered)).toBe(payload);
    expect(broker.intake.messages).toHaveLength(1);
    expect(broker.intake.messages[0]).toMatchObject({
      topic: 'zigbee2mqtt/0x00158d',
      payload: Buffer.from(payload),
      principal: { id: 'g1', homeId: 'h1', codec: 'zigbee2mqtt' },
    });
    await quiet(foreign);
  });

  it('are handed on only after they have been accepted (I1)', async () => {
    broker = await BrokerHarness.start();
    const own = await listening('g1', 'zigbee2mqtt/#');
    broker.intake.withhold();
    const bridge = await broker.client('g1');
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/a' }), PINGREQ);
    await bridge.next(PINGRESP);
    await quiet(own);
    broker.intake.commit();
    await own.next(PUBLISH);
  });

  it('are retained for the gateway itself, and cleared by an empty payload', async () => {
    broker = await BrokerHarness.start();
    const bridge = await broker.client('g1');
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/bridge/state', payload: 'online', retain: true }));
    await bridge.next(PUBACK);
    const later = await listening('g1', 'zigbee2mqtt/bridge/+');
    const retained = await later.next(PUBLISH);
    expect([topicOf(retained), payloadOf(retained), retained.flags & 1]).toEqual([
      'zigbee2mqtt/bridge/state',
      'online',
      1,
    ]);
    await quiet(await listening('g2', 'zigbee2mqtt/#'));
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/bridge/state', payload: '', retain: true, id: 2 }));
    await bridge.next(PUBACK);
    const last = await broker.client('g1', { clientId: 'last' });
    last.send(subscribePacket(1, 'zigbee2mqtt/#'));
    await last.next(SUBACK);
    await quiet(last);
  });

  it('are no longer retained once a gateway has left more than its share', async () => {
    broker = await BrokerHarness.start({ limits: { retainedBytesPerGateway: 2_000 } });
    const bridge = await broker.client('g1');
    for (const [i, name] of ['a', 'b'].entries()) {
      bridge.send(
        publishPacket({ topic: `zigbee2mqtt/${name}`, payload: 'x'.repeat(1_500), retain: true, id: i + 1 }),
      );
      await bridge.next(PUBACK);
    }
    const later = await listening('g1', 'zigbee2mqtt/#');
    expect(topicOf(await later.next(PUBLISH))).toBe('zigbee2mqtt/a');
    await quiet(later);
  });

  it('are no longer delivered after UNSUBSCRIBE', async () => {
    broker = await BrokerHarness.start();
    const own = await listening('g1', 'zigbee2mqtt/#');
    own.send(unsubscribePacket(2, 'zigbee2mqtt/#'));
    await own.next(UNSUBACK);
    const bridge = await broker.client('g1');
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/a' }));
    await bridge.next(PUBACK);
    await quiet(own);
  });

  it('of more levels than anybody uses are refused to subscribers, and UNSUBSCRIBE of them is answered [MQTT-3.10.4-5]', async () => {
    broker = await BrokerHarness.start();
    const own = await broker.client('g1');
    const deep = `zigbee2mqtt${'/'.repeat(5_000)}`;
    own.send(subscribePacket(1, deep));
    expect((await own.next(SUBACK)).body[2]).toBe(0x80);
    own.send(unsubscribePacket(2, deep, '/'.repeat(5_000)));
    expect((await own.next(UNSUBACK)).body.readUInt16BE(0)).toBe(2);
    await quiet(own);
  });

  it('are delivered with QoS 1 at most, with the packet ids of the session from 1', async () => {
    broker = await BrokerHarness.start();
    const own = await listening('g1', 'zigbee2mqtt/#', 2);
    const bridge = await broker.client('g1');
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/a', qos: 2, id: 4 }));
    const delivered = await own.next(PUBLISH);
    expect((delivered.flags & 6) >> 1).toBe(1);
    expect(delivered.body.readUInt16BE(2 + 'zigbee2mqtt/a'.length)).toBe(1);
    own.send(pubackPacket(1));
    await quiet(own);
  });

  it('carry its will to the intake and to its own other connections', async () => {
    broker = await BrokerHarness.start();
    const own = await listening('g1', 'zigbee2mqtt/bridge/state');
    const bridge = await broker.client('g1', {
      will: { topic: 'zigbee2mqtt/bridge/state', payload: 'offline', retain: true },
    });
    bridge.cut();
    const delivered = await own.next(PUBLISH);
    expect([topicOf(delivered), payloadOf(delivered)]).toEqual(['zigbee2mqtt/bridge/state', 'offline']);
    expect(broker.intake.messages).toMatchObject([{ topic: 'zigbee2mqtt/bridge/state', will: true }]);
  });

  it('may be up to 1 MiB large, whole; larger closes', async () => {
    broker = await BrokerHarness.start();
    const bridge = await broker.client('g1');
    const payload = Buffer.alloc(1024 * 1024, 'x');
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/bridge/devices', payload }));
    await bridge.next(PUBACK);
    expect(broker.intake.messages[0]?.payload?.length).toBe(payload.length);
    bridge.send(
      publishPacket({ topic: 'zigbee2mqtt/bridge/devices', payload: Buffer.alloc(1024 * 1024 + 1) }),
    );
    await bridge.end();
    expect(broker.count('closed:too_large')).toBe(1);
  });

  it('pass the window when they report an action', async () => {
    broker = await BrokerHarness.start();
    broker.intake.saturated = true;
    broker.intake.withhold();
    const bridge = await broker.client('g1');
    bridge.send(
      publishPacket({ topic: 'zigbee2mqtt/thermometer', payload: '{"temperature":21}', id: 1 }),
      publishPacket({ topic: 'zigbee2mqtt/thermometer', payload: '{"temperature":22}', id: 3 }),
      publishPacket({ topic: 'zigbee2mqtt/button', payload: '{"action":"emergency"}', id: 2 }),
      PINGREQ,
    );
    await bridge.next(PINGRESP);
    expect(broker.topics).toEqual(['zigbee2mqtt/thermometer', 'zigbee2mqtt/button']);
    broker.intake.saturated = false;
    broker.intake.open();
    await bridge.until(() => bridge.acknowledged().length === 3);
  });

  it('are not kept for a session that is away', async () => {
    broker = await BrokerHarness.start();
    const first = await broker.client('g1', { clientId: 'p', clean: false });
    first.send(subscribePacket(1, 'zigbee2mqtt/#'));
    expect((await first.next(SUBACK)).body[2]).toBe(0);
    first.cut();
    await eventually(() => broker.broker.connectedCount).toBe(0);
    const bridge = await broker.client('g1');
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/a', id: 1 }));
    await bridge.next(PUBACK);
    const second = await broker.open();
    second.send(connectPacket({ clientId: 'p', clean: false, username: 'g1', password: SECRET }));
    expect((await second.next(2)).body[0]).toBe(1);
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/b', id: 2 }));
    expect(topicOf(await second.next(PUBLISH))).toBe('zigbee2mqtt/b');
  });

  it('arrive in full although retained and other messages come mixed', async () => {
    broker = await BrokerHarness.start();
    const own = await listening('g1', 'zigbee2mqtt/#');
    const bridge = await broker.client('g1');
    const names = Array.from({ length: 300 }, (_, i) => `zigbee2mqtt/d${i}`);
    bridge.send(
      ...names.map((topic, i) =>
        publishPacket({ topic, id: i + 1, qos: i % 3 === 0 ? 0 : 1, retain: i % 2 === 0 }),
      ),
    );
    await own.until(() => own.received.length === 300);
    expect(own.received.map(topicOf).sort()).toEqual(names.sort());
  });
});
