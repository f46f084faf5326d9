import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness, SECRET } from './testing/broker-harness.ts';
import {
  connectPacket,
  PINGREQ,
  pubackPacket,
  subscribePacket,
  unsubscribePacket,
} from './testing/packets.ts';
import type { RawClient, Received } from './testing/raw-client.ts';
import { eventually } from './testing/eventually.ts';

const CONNACK = 2;
const PUBLISH = 3;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;

let broker: BrokerHarness;
afterEach(() => broker.stop());

const topicOf = ({ body }: Received): string => body.subarray(2, 2 + body.readUInt16BE(0)).toString();
async function subscribed(username: string, filter: string, fields = {}): Promise<RawClient> {
  const client = await broker.client(username, fields);
  client.send(subscribePacket(1, filter));
  await client.next(SUBACK);
  return client;
}
const inAMinute = () => Date.now() + 60_000;

describe('a command', () => {
  it('reaches the device, at QoS 1', async () => {
    broker = await BrokerHarness.start();
    const client = await subscribed('d1', 'care/v1/h1/d1/cmd');
    await broker.broker.publishCommand('h1', 'd1', { cmd: 'led', color: 'red' });
    const received = await client.next(PUBLISH);
    expect([topicOf(received), received.flags]).toEqual(['care/v1/h1/d1/cmd', 2]);
    expect(JSON.parse(received.body.subarray(2 + topicOf(received).length + 2).toString())).toEqual({
      cmd: 'led',
      color: 'red',
    });
  });

  it("reaches its home's gateway and its bridge, and no other home", async () => {
    broker = await BrokerHarness.start();
    const gateway = await subscribed('g1', 'care/v1/h1/+/cmd');
    const bridge = await subscribed('b1', 'care/v1/h1/d7/cmd');
    const foreign = await subscribed('g2', 'care/v1/h2/+/cmd');
    expect(broker.broker.sendCommand('h1', 'd7', { cmd: 'siren' }, inAMinute())).toBe(true);
    expect(topicOf(await gateway.next(PUBLISH))).toBe('care/v1/h1/d7/cmd');
    expect(topicOf(await bridge.next(PUBLISH))).toBe('care/v1/h1/d7/cmd');
    foreign.send(PINGREQ);
    await foreign.next(PINGRESP);
    expect(foreign.received).toEqual([]);
  });

  it('for which nobody listens is said to be so, and kept for nobody', async () => {
    broker = await BrokerHarness.start();
    const client = await subscribed('d1', 'care/v1/h1/d1/cmd', { clean: false });
    client.cut();
    await eventually(() => broker.broker.connectedCount).toBe(0);
    await expect(broker.broker.publishCommand('h1', 'd1', { cmd: 'led' })).rejects.toThrow('no connection');
    expect(broker.broker.sendCommand('h1', 'd1', { cmd: 'led' }, inAMinute())).toBe(false);
    const again = await broker.client('d1', { clean: false });
    again.send(PINGREQ);
    await again.next(PINGRESP);
    expect(again.received).toEqual([]);
  });

  it('does not reach who has unsubscribed', async () => {
    broker = await BrokerHarness.start();
    const client = await subscribed('d1', 'care/v1/h1/d1/cmd');
    client.send(unsubscribePacket(2, 'care/v1/h1/d1/cmd'));
    await client.next(UNSUBACK);
    expect(broker.broker.sendCommand('h1', 'd1', { cmd: 'led' }, inAMinute())).toBe(false);
  });

  it('reaches a persistent session that has come back without subscribing again', async () => {
    broker = await BrokerHarness.start();
    const first = await subscribed('d1', 'care/v1/h1/d1/cmd', { clean: false });
    first.cut();
    const heard: string[] = [];
    const second = await broker.client('d1', { clean: false });
    await eventually(() => broker.broker.sendCommand('h1', 'd1', { cmd: 'led' }, inAMinute())).toBe(true);
    heard.push(topicOf(await second.next(PUBLISH)));
    expect(heard).toEqual(['care/v1/h1/d1/cmd']);
  });

  it('that a lost connection did not confirm is sent again within its time, and never after', async () => {
    broker = await BrokerHarness.start();
    const first = await subscribed('d1', 'care/v1/h1/d1/cmd', { clean: false });
    broker.broker.sendCommand('h1', 'd1', { cmd: 'led', no: 1 }, inAMinute());
    broker.broker.sendCommand('h1', 'd1', { cmd: 'prompt', no: 2 }, Date.now() + 200);
    await first.until(() => first.received.length === 2);
    first.cut();
    const gone = Date.now();
    await eventually(() => Date.now() - gone).toBeGreaterThan(250);
    const second = await broker.open();
    second.send(connectPacket({ username: 'd1', password: SECRET, clean: false }), PINGREQ);
    await second.next(PINGRESP);
    const again = second.received.filter(({ type }) => type === PUBLISH);
    expect(again).toHaveLength(1);
    expect(again[0]?.body.toString()).toContain('"no":1');
    expect(broker.count('command:expired')).toBe(1);
  });

  it('is not sent to a client that acknowledges none', async () => {
    broker = await BrokerHarness.start({ limits: { commandsInFlight: 2 } });
    const client = await subscribed('d1', 'care/v1/h1/d1/cmd');
    const send = () => broker.broker.sendCommand('h1', 'd1', { cmd: 'led' }, inAMinute());
    expect(send()).toBe(true);
    await client.next(PUBLISH);
    expect(send()).toBe(true);
    const second = await client.next(PUBLISH);
    expect(send()).toBe(false);
    client.send(pubackPacket(second.body.readUInt16BE(2 + topicOf(second).length)), PINGREQ);
    await client.next(PINGRESP);
    expect(send()).toBe(true);
  });

  it('tells who waits for listeners when one comes', async () => {
    const heard: string[] = [];
    broker = await BrokerHarness.start({
      onCommandListener: (homeId, deviceId) => heard.push(`${homeId}/${deviceId}`),
    });
    await subscribed('g1', 'care/v1/h1/+/cmd');
    expect(heard).toEqual(['h1/+']);
  });

  it('can be sent at once to a persistent session that has come back', async () => {
    const sent: boolean[] = [];
    broker = await BrokerHarness.start({
      onCommandListener: (homeId, deviceId) =>
        sent.push(broker.broker.sendCommand(homeId, deviceId, { cmd: 'led' }, inAMinute())),
    });
    const first = await subscribed('d1', 'care/v1/h1/d1/cmd', { clean: false });
    await first.next(PUBLISH);
    first.cut();
    const second = await broker.client('d1', { clean: false });
    await second.until(() => second.received.filter(({ type }) => type === PUBLISH).length === 2);
    expect(sent).toEqual([true, true]);
  });

  it('is answered by a CONNACK that comes first', async () => {
    broker = await BrokerHarness.start();
    const first = await subscribed('d1', 'care/v1/h1/d1/cmd', { clean: false });
    broker.broker.sendCommand('h1', 'd1', { cmd: 'led' }, inAMinute());
    await first.next(PUBLISH);
    first.cut();
    const second = await broker.open();
    second.send(connectPacket({ username: 'd1', password: SECRET, clean: false }));
    await second.until(() => second.received.length === 2);
    expect(second.received.map(({ type }) => type)).toEqual([CONNACK, PUBLISH]);
  });
});
