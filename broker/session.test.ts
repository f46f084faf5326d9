import { describe, expect, it } from 'vitest';
import { MAX_CODEC_PAYLOAD_BYTES, MAX_DEAD_LETTER_BYTES, MAX_PAYLOAD_BYTES } from '../schemas/channels.ts';
import type { Principal } from '../schemas/inbound.ts';
import { Qos2Handshakes } from './framing/qos2-handshakes.ts';
import { openSession, principalSession } from './session.ts';

const gateway: Principal = { type: 'gateway', id: 'g1', homeId: 'h1', codec: 'zigbee2mqtt' };
const other: Principal = { ...gateway, id: 'g2', homeId: 'h2' };

function sessionOf(principal: Principal, clean = true) {
  const refused: string[] = [];
  const session = principalSession(principal, {
    messagesPerSecond: 1_000,
    mostTopics: 1_000,
    clientId: `${principal.id}/c`,
    clean,
    resumed: false,
    handshakes: new Qos2Handshakes(),
    onRefused: (action) => refused.push(action),
  });
  return { session, refused };
}

describe('a session', () => {
  it('sends contract topics to the intake only, within the bounds of a message', () => {
    const route = sessionOf(gateway).session.route('care/v1/h1/d/vitals');
    expect(route).toMatchObject({
      topic: 'care/v1/h1/d/vitals',
      accept: true,
      routedTopic: undefined,
      keepBytes: MAX_PAYLOAD_BYTES,
      hashBytes: MAX_DEAD_LETTER_BYTES,
    });
    expect(route?.urgent(Buffer.from('{}'))).toBe(false);
  });

  it('takes every payload on sos for urgent, and actions on a codec topic', () => {
    const { session } = sessionOf(gateway);
    expect(session.route('care/v1/h1/d/sos')?.urgent(Buffer.from('garbage'))).toBe(true);
    const button = session.route('zigbee2mqtt/button');
    expect(button?.urgent(Buffer.from('{"action":"emergency","battery":100}'))).toBe(true);
    expect(button?.urgent(Buffer.from('{"temperature":21}'))).toBe(false);
    expect(button?.urgent(Buffer.alloc(10_000, '"action"'))).toBe(false);
  });

  it("sends a codec's topics to the intake by their own names, and within the broker under the gateway's", () => {
    expect(sessionOf(gateway).session.route('zigbee2mqtt/button')).toMatchObject({
      topic: 'zigbee2mqtt/button',
      accept: true,
      routedTopic: '$gateway/g1/zigbee2mqtt/button',
      keepBytes: MAX_CODEC_PAYLOAD_BYTES,
    });
  });

  it('translates filters one by one, and counts what it refuses', () => {
    const { session, refused } = sessionOf(gateway);
    const asked = ['care/v1/h1/+/cmd', 'zigbee2mqtt/#', '#', 'care/v1/h2/+/cmd', '$gateway/g2/#'];
    const filters = session
      .subscriptions(asked.map((filter) => ({ filter, qos: 1 })))
      .map(({ filter }) => filter);
    expect(filters).toEqual([
      'care/v1/h1/+/cmd',
      '$gateway/g1/zigbee2mqtt/#',
      '$refused/2',
      '$refused/3',
      '$refused/4',
    ]);
    expect(filters.map((filter) => session.grant(filter) !== undefined)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(refused).toHaveLength(3);
  });

  it('answers every filter of a SUBSCRIBE that names one twice [MQTT-3.8.4-5]', () => {
    const { session } = sessionOf(gateway);
    const filters = session.subscriptions([
      { filter: 'zigbee2mqtt/#', qos: 0 },
      { filter: 'zigbee2mqtt/#', qos: 1 },
    ]);
    expect(filters).toEqual([
      { filter: '$repeated/0', qos: 0 },
      { filter: '$gateway/g1/zigbee2mqtt/#', qos: 1 },
    ]);
    expect(session.grant('$repeated/0')).toBe('plain');
  });

  it("grants a codec's topics QoS 1 at most, and 0 to a session that outlives its connection", () => {
    const wanted = [{ filter: 'zigbee2mqtt/#', qos: 2 as const }];
    expect(sessionOf(gateway).session.subscriptions(wanted)[0]?.qos).toBe(1);
    expect(sessionOf(gateway, false).session.subscriptions(wanted)[0]?.qos).toBe(0);
  });

  it('gives up what it brought from an earlier time and no longer owns', () => {
    const { session } = sessionOf(gateway);
    expect(session.grant('$gateway/g2/zigbee2mqtt/#')).toBeUndefined();
    expect(session.grant('care/v1/h2/+/cmd')).toBeUndefined();
    expect(session.grant('$gateway/g1/care/v1/h1/+/cmd')).toBeUndefined();
  });

  it('is given its own topics by their own names, and nobody else’s', () => {
    const { session } = sessionOf(gateway);
    expect(session.outside('$gateway/g1/zigbee2mqtt/button')).toBe('zigbee2mqtt/button');
    expect(session.outside('care/v1/h1/d/cmd')).toBe('care/v1/h1/d/cmd');
    expect(session.outside('$gateway/g2/zigbee2mqtt/button')).toBeUndefined();
    expect(session.outside('care/v1/h2/d/cmd')).toBeUndefined();
    expect(sessionOf(other).session.outside('$gateway/g1/zigbee2mqtt/button')).toBeUndefined();
  });
});

describe('a session that is open to all', () => {
  const session = openSession(() => true, undefined, {
    clientId: '/c',
    clean: true,
    resumed: false,
    handshakes: new Qos2Handshakes(),
    onRefused: () => undefined,
    messagesPerSecond: 1_000,
    mostTopics: 1_000,
  });

  it('routes topics outside the contract past the intake', () => {
    expect(session.route('TopicA')).toMatchObject({ accept: false, routedTopic: 'TopicA' });
  });

  it.each(['care/v1/h1/d1/sos', '$gateway/g1/zigbee2mqtt/button'])('has no way to %s', (topic) => {
    expect(session.route(topic)).toBeUndefined();
    expect(session.grant(topic)).toBeUndefined();
    expect(session.outside(topic)).toBeUndefined();
  });
});
