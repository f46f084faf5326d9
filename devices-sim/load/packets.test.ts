import { type Packet, parser } from 'mqtt-packet';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectPacket, packetReader, publishPacket } from './packets.ts';

const parse = (bytes: Buffer): Packet[] => {
  const packets: Packet[] = [];
  const reader = parser();
  reader.on('packet', (packet) => packets.push(packet));
  reader.parse(bytes);
  return packets;
};

describe('load client’s packets', () => {
  it('are what any MQTT library reads', () => {
    const hello = { clientId: 'c1', username: 'gw-1', password: 'secret', keepaliveS: 300 };
    expect(parse(connectPacket(hello))).toMatchObject([
      { cmd: 'connect', protocolVersion: 4, clean: true, keepalive: 300, clientId: 'c1', username: 'gw-1' },
    ]);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 1, max: 65_535 }),
        (size, messageId) => {
          const packet = publishPacket('care/v1/h/d/presence', messageId, 'x'.repeat(size));
          expect(parse(packet)).toMatchObject([
            { cmd: 'publish', qos: 1, messageId, topic: 'care/v1/h/d/presence', length: 24 + size },
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('a message sent again says so [MQTT-3.3.1-1]', () => {
    expect(parse(publishPacket('t', 7, '{}', true))).toMatchObject([{ dup: true, qos: 1, messageId: 7 }]);
    expect(parse(publishPacket('t', 7, '{}'))).toMatchObject([{ dup: false }]);
  });

  it('answers are read however the bytes are cut', () => {
    const stream = Buffer.from([0x20, 2, 0, 0, 0x40, 2, 0, 1, 0x40, 2, 1, 0, 0xd0, 0]);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 5 }), (cuts) => {
        const seen: [number, number][] = [];
        const read = packetReader((type, word) => seen.push([type, word]));
        const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
        for (const [i, end] of at.slice(1).entries()) read(stream.subarray(at[i], end));
        expect(seen).toEqual([
          [0x20, 0],
          [0x40, 1],
          [0x40, 256],
          [0xd0, 0],
        ]);
      }),
    );
  });
});
