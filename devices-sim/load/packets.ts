/** The few MQTT 3.1.1 packets that a load client needs, as bytes. */

export const CONNACK = 0x20;
export const PUBACK = 0x40;
export const PINGREQ = Buffer.from([0xc0, 0]);
export const DISCONNECT = Buffer.from([0xe0, 0]);

export interface Hello {
  clientId: string;
  username?: string | undefined;
  password?: string | undefined;
  keepaliveS: number;
}

export function connectPacket(hello: Hello): Buffer {
  const fields = [hello.clientId, hello.username, hello.password].filter((text) => text !== undefined);
  const flags = 0x02 | (hello.username === undefined ? 0 : 0x80) | (hello.password === undefined ? 0 : 0x40);
  const body = Buffer.concat([
    string('MQTT'),
    Buffer.from([4, flags, hello.keepaliveS >> 8, hello.keepaliveS & 0xff]),
    ...fields.map(string),
  ]);
  return Buffer.concat([Buffer.from([0x10, ...remainingLength(body.length)]), body]);
}

/** QoS 1; `topic` and `payload` are ASCII. One allocation, for this runs for every message of a load. */
export function publishPacket(topic: string, packetId: number, payload: string, again = false): Buffer {
  const remaining = 2 + topic.length + 2 + payload.length;
  const lengthBytes = remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3;
  const packet = Buffer.allocUnsafe(1 + lengthBytes + remaining);
  packet[0] = again ? 0x3a : 0x32;
  let at = 1;
  for (let rest = remaining, i = 0; i < lengthBytes; i++, rest >>= 7)
    packet[at++] = i === lengthBytes - 1 ? rest : (rest & 0x7f) | 0x80;
  at = packet.writeUInt16BE(topic.length, at);
  at += packet.write(topic, at, 'latin1');
  at = packet.writeUInt16BE(packetId, at);
  packet.write(payload, at, 'latin1');
  return packet;
}

/**
 * Reads whole packets out of a byte stream, cut anywhere: calls `onPacket` with the first byte and the first two bytes of the
 * variable header as a number (packet id of a PUBACK, flags and code of a CONNACK). Bodies are not kept.
 */
export function packetReader(onPacket: (type: number, word: number) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const size = packetSize(bytes, at);
      if (size === undefined || at + size.total > bytes.length) break;
      const body = at + size.total - size.remaining;
      onPacket(bytes[at] ?? 0, size.remaining >= 2 ? bytes.readUInt16BE(body) : 0);
      at += size.total;
    }
    // A copy: the reader's buffer is used again.
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  };
}

function packetSize(bytes: Buffer, at: number): { total: number; remaining: number } | undefined {
  let remaining = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return { total: 1 + i + remaining, remaining };
  }
  throw new Error('the broker sent a malformed packet');
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function remainingLength(length: number): number[] {
  const bytes: number[] = [];
  for (let rest = length; ; rest >>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}
