import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness } from './testing/broker-harness.ts';
import { connectPacket, DISCONNECT, publishPacket, subscribePacket } from './testing/packets.ts';
import { RawClient } from './testing/raw-client.ts';

const [CONNACK, PUBLISH, PUBACK, PUBREC, SUBACK] = [2, 3, 4, 5, 9];

const DUP = 8;

let broker: BrokerHarness;
const clients: RawClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.cut();
  await broker.stop();
});

/** Whether the CONNACK says that a session is there already. */
async function come(clean: boolean, protocol: 3 | 4 = 4): Promise<{ client: RawClient; present: boolean }> {
  const client = await RawClient.open(broker.port);
  clients.push(client);
  client.send(connectPacket({ clientId: 'c', username: 'g1', password: 'secret', clean, protocol }));
  const { body } = await client.next(CONNACK);
  expect(body[1]).toBe(0);
  return { client, present: body[0] === 1 };
}

async function leave({ client }: { client: RawClient }): Promise<void> {
  client.send(DISCONNECT);
  await client.end();
}

/** What Mosquitto's own tests found (docs/conformance.md); each was wrong once. */
describe('MQTT 3.1.1', () => {
  it('[MQTT-3.2.2-2] a persistent session is present when its client comes back, also without a subscription', async () => {
    broker = await BrokerHarness.start();
    const first = await come(false);
    expect(first.present).toBe(false);
    first.client.send(publishPacket({ topic: 'care/v1/h1/g1/status', qos: 2, id: 7 }));
    await first.client.next(PUBREC);
    first.client.cut();
    const second = await come(false);
    expect(second.present).toBe(true);
    // Taken over, not gone
    expect((await come(false)).present).toBe(true);
    // A version that has no such flag has no such flag
    const old = await come(false, 3);
    expect(old.present).toBe(false);
    await leave(old);
    const clean = await come(true);
    expect(clean.present).toBe(false);
    await leave(clean);
    expect((await come(false)).present).toBe(false);
  });

  it.each([
    ['zigbee2mqtt/#', 0],
    ['zigbee2mqtt/+/state', 0],
    ['zigbee2mqtt/bridge/state', 0],
    ['zigbee2mqtt/#', 1],
  ] as const)(
    '[MQTT-3.8.4-6] a retained message comes at no more than was granted: %s at QoS %i',
    async (filter, qos) => {
      broker = await BrokerHarness.start();
      const { client } = await come(true);
      client.send(publishPacket({ topic: 'zigbee2mqtt/bridge/state', payload: 'on', retain: true, id: 1 }));
      await client.next(PUBACK);
      client.send(subscribePacket(2, [filter, qos]));
      expect((await client.next(SUBACK)).body[2]).toBe(qos);
      const { flags, body } = await client.next(PUBLISH);
      expect({ qos: (flags >> 1) & 3, payload: body.subarray(-2).toString() }).toEqual({
        qos,
        payload: 'on',
      });
    },
  );

  it('[MQTT-3.3.1-1] what a connection did not acknowledge comes again over the next one, marked as a repetition', async () => {
    broker = await BrokerHarness.start();
    const persistent = { clientId: 'c', clean: false };
    const first = await broker.client('d1', persistent);
    first.send(subscribePacket(1, ['care/v1/h1/d1/cmd', 1]));
    await first.next(SUBACK);
    await broker.broker.publishCommand('h1', 'd1', { cmd: 'led' });
    const sent = await first.next(PUBLISH);
    expect(sent.flags & DUP).toBe(0);
    first.cut();
    const again = await (await broker.client('d1', persistent)).next(PUBLISH);
    expect(again.flags & DUP).toBe(DUP);
    expect(again.body).toEqual(sent.body);
  });

  it('[MQTT-2.3.1-1] a persistent session without a past counts its messages from 1', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1', { clientId: 'c', clean: false });
    client.send(subscribePacket(1, ['care/v1/h1/d1/cmd', 1]));
    await client.next(SUBACK);
    await broker.broker.publishCommand('h1', 'd1', { cmd: 'led' });
    const { body } = await client.next(PUBLISH);
    expect(body.readUInt16BE(2 + body.readUInt16BE(0))).toBe(1);
  });
});
