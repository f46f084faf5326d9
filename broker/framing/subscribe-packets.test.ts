import { describe, expect, it } from 'vitest';
import { subscribePacket, text, uint16, unsubscribePacket } from '../testing/packets.ts';
import { encodeSubscribe, encodeUnsubscribe, readSubscribe, readUnsubscribe } from './subscribe-packets.ts';

describe('SUBSCRIBE and UNSUBSCRIBE', () => {
  it('are read, and written as they were read', () => {
    const subscribe = subscribePacket(0x1234, ['a/+', 0], ['b/#', 2]);
    const request = readSubscribe(subscribe.subarray(2));
    expect(request).toEqual({
      packetId: 0x1234,
      subscriptions: [
        { filter: 'a/+', qos: 0 },
        { filter: 'b/#', qos: 2 },
      ],
    });
    if ('subscriptions' in request) expect(encodeSubscribe(request)).toEqual(subscribe);
    const unsubscribe = unsubscribePacket(7, 'a/+', 'b/#');
    const back = readUnsubscribe(unsubscribe.subarray(2));
    expect(back).toEqual({ packetId: 7, filters: ['a/+', 'b/#'] });
    if ('filters' in back) expect(encodeUnsubscribe(back)).toEqual(unsubscribe);
  });

  const id = uint16(1);
  const malformed: [string, Buffer[], string][] = [
    ['no packet id', [], 'length'],
    ['packet id 0 [MQTT-2.3.1-1]', [uint16(0), text('a'), Buffer.from([0])], 'packet_id_0'],
    ['no filters [MQTT-3.8.3-3]', [id], 'no_topics'],
    ['a filter without options', [id, text('a')], 'length'],
    ['a filter that is cut off', [id, Buffer.from([0, 5, 97])], 'length'],
    [
      'an empty filter [MQTT-4.7.3-1]',
      [id, text('a'), Buffer.from([0]), text(''), Buffer.from([0])],
      'topic_filter',
    ],
    ['a wildcard that is no level [MQTT-4.7.1-2]', [id, text('a#'), Buffer.from([0])], 'topic_filter'],
    ['U+0000 in a filter', [id, text('a\0'), Buffer.from([0])], 'text'],
    ['QoS 3 [MQTT-3-8.3-4]', [id, text('a'), Buffer.from([3])], 'subscription_options'],
    ['reserved bits beside the QoS', [id, text('a'), Buffer.from([0x40])], 'subscription_options'],
  ];
  it.each(malformed)('SUBSCRIBE with %s is malformed', (_name, body, reason) => {
    expect(readSubscribe(Buffer.concat(body))).toEqual({ malformed: reason });
  });

  it.each([
    ['no packet id', [], 'length'],
    ['packet id 0', [uint16(0), text('a')], 'packet_id_0'],
    ['no filters [MQTT-3.10.3-2]', [id], 'no_topics'],
    ['an empty filter', [id, text('')], 'topic_filter'],
    ['a filter that is cut off', [id, Buffer.from([0])], 'length'],
  ] as [string, Buffer[], string][])('UNSUBSCRIBE with %s is malformed', (_name, body, reason) => {
    expect(readUnsubscribe(Buffer.concat(body))).toEqual({ malformed: reason });
  });
});
