import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness } from './testing/broker-harness.ts';
import {
  connectPacket,
  DISCONNECT,
  PINGREQ,
  publishPacket,
  pubrelPacket,
  subscribePacket,
} from './testing/packets.ts';
import { eventually } from './testing/eventually.ts';

const PUBACK = 4;
const PUBREC = 5;
const PUBCOMP = 7;
const PINGRESP = 13;
const SUBACK = 9;

let broker: BrokerHarness;
afterEach(() => broker.stop());

const telemetry = (id: number, qos: 0 | 1 | 2 = 1) =>
  publishPacket({ topic: 'care/v1/h1/d1/presence', payload: `{"n":${id}}`, qos, id });
const press = (id: number) =>
  publishPacket({ topic: 'care/v1/h1/d1/sos', payload: '{"action":"press"}', id });
const isPress = ({ topic }: { topic: string }) => topic.endsWith('/sos');

describe('acceptance', () => {
  it('I1: a publish is acknowledged only after it has been accepted', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client();
    client.send(telemetry(1), telemetry(2, 2), PINGREQ);
    await client.next(PINGRESP);
    await broker.intake.until(() => broker.intake.messages.length === 2);
    expect(client.acknowledged(PUBACK)).toEqual([]);
    expect(client.acknowledged(PUBREC)).toEqual([]);
    broker.intake.commit();
    expect((await client.next(PUBACK)).body.readUInt16BE(0)).toBe(1);
    expect((await client.next(PUBREC)).body.readUInt16BE(0)).toBe(2);
  });

  it('I1: what is never accepted is never acknowledged: when the intake closes, so does the connection', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client();
    client.send(telemetry(1));
    await broker.intake.until(() => broker.intake.waiting === 1);
    broker.intake.close();
    await client.end();
    expect(client.received).toEqual([]);
    expect(broker.count('closed:intake_closed')).toBe(1);
  });

  it('hands the intake the message as it came', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client();
    const before = Date.now();
    client.send(
      publishPacket({ topic: 'care/v1/h1/d1/vitals', payload: '{"spo2Pct":97}', id: 9, retain: true }),
    );
    await client.next(PUBACK);
    const [message] = broker.intake.messages;
    expect(message).toMatchObject({
      principal: { type: 'device', id: 'd1', homeId: 'h1' },
      topic: 'care/v1/h1/d1/vitals',
      payload: Buffer.from('{"spo2Pct":97}'),
      size: 14,
      qos: 1,
    });
    expect(message?.receivedAt).toBeGreaterThanOrEqual(before);
    expect(message?.will).toBeUndefined();
  });

  it('accepts QoS 0 alike, without an acknowledgement', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client();
    client.send(telemetry(1, 0), PINGREQ);
    await client.next(PINGRESP);
    expect(broker.topics).toEqual(['care/v1/h1/d1/presence']);
    expect(client.received).toEqual([]);
  });

  it('acknowledges in order of arrival although a press was committed first [MQTT-4.6.0-2]', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client();
    client.send(telemetry(1), telemetry(2), press(3), telemetry(4));
    await broker.intake.until(() => broker.intake.waiting === 4);
    broker.intake.commit(isPress);
    client.send(PINGREQ);
    await client.next(PINGRESP);
    expect(client.acknowledged()).toEqual([]);
    broker.intake.commit();
    await client.until(() => client.acknowledged().length === 4);
    expect(client.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  it('sees a press and a PINGREQ behind 60 publishes whose acknowledgements are withheld', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client();
    client.send(...Array.from({ length: 60 }, (_, i) => telemetry(i + 1)));
    await broker.intake.until(() => broker.intake.waiting === 60);
    client.send(press(61), PINGREQ);
    await client.next(PINGRESP);
    expect(broker.topics.filter((topic) => topic.endsWith('/sos'))).toHaveLength(1);
    broker.intake.open();
    await client.until(() => client.acknowledged().length === 61);
    expect(client.acknowledged()).toEqual(Array.from({ length: 61 }, (_, i) => i + 1));
  });

  it('submits a press beyond the window at once, telemetry beyond it not, and everything in the end', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client();
    client.send(...Array.from({ length: 300 }, (_, i) => telemetry(i + 1)), press(301), PINGREQ);
    await client.next(PINGRESP);
    expect(broker.topics).toHaveLength(101);
    expect(broker.topics.at(-1)).toBe('care/v1/h1/d1/sos');
    broker.intake.open();
    await client.until(() => client.acknowledged().length === 301);
    expect(client.acknowledged()).toEqual(Array.from({ length: 301 }, (_, i) => i + 1));
    expect(broker.topics).toHaveLength(301);
  });

  it('stops reading at the second bound, and reads on when there is room', async () => {
    broker = await BrokerHarness.start({
      limits: { window: { messages: 5, bytes: 1e6, lookAheadMessages: 20, lookAheadBytes: 1e6 } },
    });
    broker.intake.withhold();
    const client = await broker.client();
    client.send(...Array.from({ length: 20 }, (_, i) => telemetry(i + 1)), press(21), PINGREQ);
    await broker.intake.until(() => broker.intake.waiting === 5);
    const other = await broker.client('d2');
    other.send(PINGREQ);
    await other.next(PINGRESP);
    expect(client.received).toEqual([]);
    expect(broker.topics.some((topic) => topic.endsWith('/sos'))).toBe(false);
    broker.intake.open();
    await client.next(PINGRESP);
    await client.until(() => client.acknowledged().length === 21);
  });

  it('holds telemetry while the intake is saturated; a press still passes', async () => {
    broker = await BrokerHarness.start();
    broker.intake.saturated = true;
    broker.intake.withhold();
    const client = await broker.client();
    client.send(telemetry(1), telemetry(2), press(3), PINGREQ);
    await client.next(PINGRESP);
    expect(broker.topics.slice(1)).toEqual(['care/v1/h1/d1/sos']);
    expect(client.acknowledged()).toEqual([]);
    broker.intake.saturated = false;
    broker.intake.open();
    await client.until(() => client.acknowledged().length === 3);
    expect(client.acknowledged()).toEqual([1, 2, 3]);
  });

  it('lets SUBSCRIBE pass publishes that wait', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client();
    client.send(telemetry(1), subscribePacket(5, 'care/v1/h1/d1/cmd'));
    await client.next(SUBACK);
    expect(client.acknowledged()).toEqual([]);
  });

  it('drops none of 200 publishes pipelined behind CONNECT', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.open();
    client.send(
      connectPacket({ username: 'd1', password: 'secret' }),
      ...Array.from({ length: 200 }, (_, i) => telemetry(i + 1)),
    );
    await client.until(() => client.acknowledged().length === 200);
    expect(client.received[0]?.type).toBe(2);
    expect(client.acknowledged()).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(broker.topics).toHaveLength(200);
  });

  it('lets a DISCONNECT wait until what came before it is accepted and acknowledged', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client('d1', { will: { topic: 'care/v1/h1/d1/status' } });
    client.send(telemetry(1), telemetry(2), DISCONNECT);
    await broker.intake.until(() => broker.intake.waiting === 2);
    expect(client.closed).toBe(false);
    broker.intake.commit();
    await client.end();
    expect(client.acknowledged()).toEqual([1, 2]);
    expect(broker.topics).toHaveLength(2);
    expect(broker.count('closed:disconnect')).toBe(1);
  });

  it('does not give up what the intake has when the connection is lost', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await broker.client();
    client.send(press(1));
    await broker.intake.until(() => broker.intake.waiting === 1);
    client.cut();
    await eventually(() => broker.broker.connectedCount).toBe(0);
    expect(broker.intake.waiting).toBe(1);
    broker.intake.open();
  });

  it('Node-RED #2864: a message that was under way when the connection was lost is taken when it is sent again', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const first = await broker.client('d1', { clean: false });
    first.send(telemetry(7));
    await broker.intake.until(() => broker.intake.waiting === 1);
    first.cut();
    broker.intake.open();
    const second = await broker.client('d1', { clean: false });
    second.send(publishPacket({ topic: 'care/v1/h1/d1/presence', payload: '{"n":7}', id: 7, dup: true }));
    await second.next(PUBACK);
    expect(broker.topics).toHaveLength(2);
  });
});

describe('QoS 2', () => {
  const twice = (dup: boolean) =>
    publishPacket({ topic: 'care/v1/h1/d1/sos', payload: '{"action":"press"}', qos: 2, id: 5, dup });

  it('is accepted once, however often it is sent before its PUBREL [MQTT-4.3.3-2]', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client();
    client.send(twice(false));
    await client.next(PUBREC);
    client.send(twice(true));
    await client.next(PUBREC);
    client.send(pubrelPacket(5));
    await client.next(PUBCOMP);
    expect(broker.topics).toHaveLength(1);
    client.send(twice(false));
    await client.next(PUBREC);
    expect(broker.topics).toHaveLength(2);
  });

  it('is accepted once over a reconnect of a persistent session, also while the first acceptance is under way', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const first = await broker.client('d1', { clean: false });
    first.send(twice(false));
    await broker.intake.until(() => broker.intake.waiting === 1);
    first.cut();
    const second = await broker.client('d1', { clean: false });
    second.send(twice(true), PINGREQ);
    await second.next(PINGRESP);
    expect(second.acknowledged(PUBREC)).toEqual([]);
    broker.intake.commit();
    await second.next(PUBREC);
    second.cut();
    const third = await broker.client('d1', { clean: false });
    third.send(twice(true));
    await third.next(PUBREC);
    expect(broker.topics).toHaveLength(1);
  });

  it('of a device that has lost its state is a new message', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client();
    client.send(twice(false));
    await client.next(PUBREC);
    client.send(
      publishPacket({ topic: 'care/v1/h1/d1/sos', payload: '{"action":"press","n":2}', qos: 2, id: 5 }),
    );
    await client.next(PUBREC);
    expect(broker.topics).toHaveLength(2);
  });

  it('is bounded by the handshakes that one session may leave open', async () => {
    broker = await BrokerHarness.start({ limits: { qos2PerSession: 3 } });
    const client = await broker.client();
    client.send(...[1, 2, 3, 4].map((id) => telemetry(id, 2)));
    await client.end();
    expect(broker.topics).toHaveLength(3);
    expect(broker.count('closed:too_many_handshakes')).toBe(1);
  });
});

describe('load', () => {
  it('aedes #74, #985: nothing is lost at a high rate, and connections are counted right after much coming and going', async () => {
    broker = await BrokerHarness.start();
    const rounds = Array.from({ length: 20 }, async (_, n) => {
      for (let round = 0; round < 5; round++) {
        const client = await broker.client(n % 2 === 0 ? 'd1' : 'd2', {
          clientId: `c${n}`,
          clean: round % 2 === 0,
        });
        const topic = `care/v1/h1/${n % 2 === 0 ? 'd1' : 'd2'}/presence`;
        client.send(...Array.from({ length: 250 }, (_, i) => publishPacket({ topic, id: i + 1 })));
        await client.until(() => client.acknowledged().length === 250);
        if (round === 4) return;
        if (round % 3 === 0) client.cut();
        else if (round % 3 === 1) client.send(DISCONNECT);
      }
    });
    await Promise.all(rounds);
    expect(broker.topics).toHaveLength(20 * 5 * 250);
    expect(broker.broker.connectedCount).toBe(20);
    await broker.stop();
    expect(broker.broker.connectedCount).toBe(0);
  });
});
