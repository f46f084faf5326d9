import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packet, publishPacket, subscribePacket, text, uint16 } from '../testing/packets.ts';
import { PacketReader, type PacketSink, type PayloadBounds, type PublishHead } from './packet-reader.ts';

const seed = process.env['FC_SEED'];
fc.configureGlobal(seed === undefined ? {} : { seed: Number(seed) });

interface Route extends PayloadBounds {
  readonly topic: string;
}

/** Writes down what the reader finds. */
class Found implements PacketSink<Route> {
  readonly said: string[] = [];
  publishBound = 2 + 0xffff + 2 + 4_000;
  controlBound = 1_000;
  foreign: string | undefined;

  bound = (type: number): number => (type === 0 || type === 15 ? -1 : this.controlBound);
  route(topic: string): Route | undefined {
    if (topic === this.foreign) {
      this.said.push('foreign');
      return undefined;
    }
    return { topic, keepBytes: 100, hashBytes: 4_000 };
  }
  publish({ route, qos, dup, retain, packetId }: PublishHead<Route>, payload: Buffer): void {
    this.said.push(`publish ${route.topic} ${qos} ${dup} ${retain} ${packetId} ${payload.toString('hex')}`);
  }
  oversized({ route, payloadBytes }: PublishHead<Route>, sha256: Buffer): void {
    this.said.push(`oversized ${route.topic} ${payloadBytes} ${sha256.toString('hex')}`);
  }
  packet(type: number, flags: number, body: Buffer): void {
    this.said.push(`packet ${type} ${flags} ${body.toString('hex')}`);
  }
  malformed(reason: string): void {
    this.said.push(`malformed ${reason}`);
  }
  tooLarge(type: number): void {
    this.said.push(`too large ${type}`);
  }
}

function read(chunks: readonly Buffer[], found = new Found()): string[] {
  const reader = new PacketReader<Route>(found);
  for (const chunk of chunks) reader.feed(chunk);
  return found.said;
}

const topics = fc.constantFrom('a', 'care/v1/h/d/sos', '银铃/一');
const packets = fc.oneof(
  fc
    .record({
      topic: topics,
      payload: fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 101, maxLength: 400 })),
      qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
      id: fc.integer({ min: 1, max: 0xffff }),
      retain: fc.boolean(),
    })
    .map((fields) => publishPacket({ ...fields, payload: Buffer.from(fields.payload) })),
  fc.integer({ min: 1, max: 0xffff }).map((id) => subscribePacket(id, 'a/#', 'b')),
  fc.constantFrom(packet(0xc0), packet(0x40, uint16(7)), packet(0x62, uint16(9)), packet(0xe0)),
  fc.uint8Array({ maxLength: 300 }).map((body) => packet(0x82, Buffer.from(body))),
);

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, i) => bytes.subarray(at[i] ?? 0, end));
}

describe('the packet reader', () => {
  it('finds the same packets however a stream is split', () => {
    fc.assert(
      fc.property(
        fc.array(packets, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (all, cuts) => {
          const bytes = Buffer.concat(all);
          const whole = read([bytes]);
          expect(whole).toHaveLength(all.length);
          expect(read(split(bytes, cuts))).toEqual(whole);
        },
      ),
    );
  });

  it('finds the same packets byte by byte', () => {
    fc.assert(
      fc.property(fc.array(packets, { minLength: 1, maxLength: 4 }), (all) => {
        const bytes = Buffer.concat(all);
        expect(read(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(read([bytes]));
      }),
    );
  });

  it('gives any bytes the same verdict however they are split, and never says anything behind an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(), { maxLength: 20 }), (noise, cuts) => {
        const bytes = Buffer.from(noise);
        const whole = read([bytes]);
        expect(read(split(bytes, cuts))).toEqual(whole);
        const failedAt = whole.findIndex((said) => /^(malformed|too large)/.test(said));
        expect(failedAt === -1 || failedAt === whole.length - 1).toBe(true);
      }),
    );
  });

  it('hands out payloads as views of the chunk that they came in', () => {
    const bytes = publishPacket({ topic: 'a', payload: 'hello' });
    const payloads: Buffer[] = [];
    const found = new Found();
    found.publish = (_head, payload) => void payloads.push(payload);
    read([bytes], found);
    expect(payloads[0]?.buffer).toBe(bytes.buffer);
  });

  it('hashes a payload between the bounds while it passes', () => {
    const payload = Buffer.alloc(4_000, 'x');
    const sha256 = createHash('sha256').update(payload).digest('hex');
    const bytes = Buffer.concat([publishPacket({ topic: 'a', payload }), packet(0xc0)]);
    expect(read(split(bytes, [3, 20, 1_000, 3_999]))).toEqual([`oversized a 4000 ${sha256}`, 'packet 12 0 ']);
  });

  it('refuses from its header a publish that is larger than any topic allows', () => {
    expect(read([Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f])])).toEqual(['too large 3']);
  });

  it('refuses from its head, before the payload comes, one that is larger than its topic allows', () => {
    const bytes = publishPacket({ topic: 'a', payload: Buffer.alloc(4_001) });
    expect(read([bytes.subarray(0, 8)])).toEqual(['too large 3']);
  });

  it('refuses another packet from its header', () => {
    expect(read([Buffer.from([0x82, 0xe9, 0x07])])).toEqual(['too large 8']);
  });

  it('asks where a publish goes before its payload comes', () => {
    const found = new Found();
    found.foreign = 'b';
    expect(read([publishPacket({ topic: 'b', payload: 'x' }).subarray(0, 7)], found)).toEqual(['foreign']);
  });

  it('keeps what comes while it is held, and goes on where it stopped', () => {
    const found = new Found();
    const reader = new PacketReader<Route>(found);
    found.packet = (type) => {
      found.said.push(`packet ${type}`);
      if (type === 12) reader.hold();
    };
    reader.feed(Buffer.concat([packet(0xc0), packet(0xe0).subarray(0, 1)]));
    reader.feed(packet(0xe0).subarray(1));
    expect(found.said).toEqual(['packet 12']);
    reader.release();
    expect(found.said).toEqual(['packet 12', 'packet 14']);
  });

  const malformed: [string, Buffer, string][] = [
    [
      'a remaining length of five bytes',
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f]),
      'remaining_length',
    ],
    ['QoS 3 [MQTT-3.3.1-4]', packet(0x36, text('a'), uint16(1)), 'qos_3'],
    ['QoS 0 with DUP [MQTT-3.3.1-2]', packet(0x38, text('a')), 'dup_qos_0'],
    ['packet id 0 [MQTT-2.3.1-1]', packet(0x32, text('a'), uint16(0)), 'packet_id_0'],
    ['an empty topic', packet(0x30, text('')), 'topic_name'],
    ['a topic longer than its packet', packet(0x30, uint16(5), Buffer.from('ab')), 'length'],
    ['a publish without a packet id', packet(0x32, text('a')), 'length'],
    ['a publish of one byte', packet(0x30, Buffer.from([0])), 'length'],
    ['packet type 0', packet(0x00), 'unexpected_packet'],
    ['packet type 15', packet(0xf0), 'unexpected_packet'],
  ];
  it.each(malformed)('closes on %s', (_name, bytes, reason) => {
    expect(read([bytes])).toEqual([`malformed ${reason}`]);
  });
});
