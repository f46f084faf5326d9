import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness } from './testing/broker-harness.ts';
import { DISCONNECT, packet, PINGREQ, publishPacket } from './testing/packets.ts';
import { eventually } from './testing/eventually.ts';

const PUBACK = 4;
const PINGRESP = 13;

let broker: BrokerHarness;
afterEach(() => broker.stop());

const topic = 'care/v1/h1/d1/status';
const will = { topic, payload: '{"online":false}', qos: 1 as const };
const wills = () => broker.intake.messages.filter((message) => message.will === true);

describe('a last will', () => {
  it('of a connection that is lost goes to the intake, marked as one', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1', { will });
    client.cut();
    await broker.intake.until(() => wills().length === 1);
    expect(wills()[0]).toMatchObject({
      topic,
      payload: Buffer.from(will.payload),
      qos: 1,
      principal: { id: 'd1' },
    });
    await eventually(() => broker.count('will:accepted')).toBe(1);
  });

  it('of a connection that ends with DISCONNECT does not [MQTT-3.14.4-3]', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1', { will });
    client.send(DISCONNECT);
    await client.end();
    await broker.stop();
    expect(wills()).toEqual([]);
  });

  it('of a connection that we close for a malformed packet does [MQTT-3.1.2-8]', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1', { will });
    client.send(packet(0xc1));
    await client.end();
    await broker.intake.until(() => wills().length === 1);
  });

  it('of a connection that falls silent does, after one and a half keep-alives [MQTT-3.1.2-24]', async () => {
    broker = await BrokerHarness.start();
    const from = performance.now();
    const client = await broker.client('d1', { will, keepAliveS: 1 });
    await client.end();
    expect(performance.now() - from).toBeGreaterThanOrEqual(1_490);
    await broker.intake.until(() => wills().length === 1);
    expect(broker.count('closed:keep_alive')).toBe(1);
  });

  it('is spoken for nobody when we stop', async () => {
    broker = await BrokerHarness.start();
    const clients = [await broker.client('d1', { will }), await broker.client('g1', { will: { topic } })];
    await broker.broker.stop();
    await Promise.all(clients.map((client) => client.end()));
    expect(broker.topics).toEqual([]);
    expect(broker.count('closed:stopping')).toBe(2);
  });

  it('is not spoken at a take-over, by the same client or another of the same device', async () => {
    broker = await BrokerHarness.start();
    const first = await broker.client('d1', { will });
    const second = await broker.client('d1', { will });
    await first.end();
    const third = await broker.client('d1', { will, clientId: 'other' });
    second.cut();
    await eventually(() => broker.count('will:overtaken')).toBe(1);
    third.send(publishPacket({ topic, payload: '{"online":true}' }));
    await third.next(PUBACK);
    expect(wills()).toEqual([]);
  });

  it('is not spoken for a device that an outage of ours made reconnect', async () => {
    broker = await BrokerHarness.start({ limits: { willGraceMs: 300 } });
    broker.intake.withhold();
    const first = await broker.client('d1', { will });
    first.send(publishPacket({ topic: 'care/v1/h1/d1/presence' }));
    await broker.intake.until(() => broker.intake.waiting === 1);
    first.cut();
    await eventually(() => broker.broker.connectedCount).toBe(0);
    broker.intake.open();
    await broker.client('d1', { will });
    await eventually(() => broker.count('will:overtaken')).toBe(1);
    expect(wills()).toEqual([]);
  });

  it('of one that stays away after an outage is spoken in the end', async () => {
    broker = await BrokerHarness.start({ limits: { willGraceMs: 50 } });
    broker.intake.withhold();
    const client = await broker.client('d1', { will });
    client.send(publishPacket({ topic: 'care/v1/h1/d1/presence' }));
    await broker.intake.until(() => broker.intake.waiting === 1);
    client.cut();
    await eventually(() => broker.broker.connectedCount).toBe(0);
    broker.intake.open();
    await broker.intake.until(() => wills().length === 1);
  });
});

describe('keep-alive', () => {
  it('does not take a device for dead that publishes while acknowledgements are withheld', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client('d1', { will, keepAliveS: 1 });
    const from = Date.now();
    for (let id = 1; Date.now() - from < 2_500; id++) {
      client.send(publishPacket({ topic: 'care/v1/h1/d1/presence', id }));
      await broker.intake.until(() => broker.topics.length === id);
      await eventually(() => Date.now() - from).toBeGreaterThan(id * 250);
    }
    client.send(PINGREQ);
    await client.next(PINGRESP);
    expect(client.closed).toBe(false);
  });
});
