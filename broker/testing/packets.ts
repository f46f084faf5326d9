import { encodeLength, sized } from '../framing/connect-packet.ts';

/** Packets as a client writes them; for tests. */
export interface ConnectFields {
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  readonly clean?: boolean;
  readonly keepAliveS?: number;
  readonly protocol?: 3 | 4;
  readonly will?: { topic: string; payload?: string; qos?: 0 | 1 | 2; retain?: boolean };
}

export const packet = (first: number, ...body: Buffer[]): Buffer => {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from([first]), encodeLength(bytes.length), bytes]);
};
export const uint16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
export const text = (value: string | Buffer): Buffer => sized(Buffer.from(value));

export function connectPacket(fields: ConnectFields = {}): Buffer {
  const { clientId = 'c', username, password, clean = true, keepAliveS = 0, protocol = 4, will } = fields;
  const bits =
    (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40) |
    (will ? 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0) : 0) |
    (clean ? 0x02 : 0);
  return packet(
    0x10,
    text(protocol === 3 ? 'MQIsdp' : 'MQTT'),
    Buffer.from([protocol, bits]),
    uint16(keepAliveS),
    text(clientId),
    ...(will ? [text(will.topic), text(will.payload ?? '')] : []),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  );
}

export interface PublishFields {
  readonly topic: string;
  readonly payload?: string | Buffer;
  readonly qos?: 0 | 1 | 2;
  readonly id?: number;
  readonly dup?: boolean;
  readonly retain?: boolean;
}

export function publishPacket({
  topic,
  payload = '{}',
  qos = 1,
  id = 1,
  dup,
  retain,
}: PublishFields): Buffer {
  const first = 0x30 | (dup === true ? 8 : 0) | (qos << 1) | (retain === true ? 1 : 0);
  return packet(first, text(topic), ...(qos > 0 ? [uint16(id)] : []), Buffer.from(payload));
}

export const subscribePacket = (id: number, ...filters: (string | [string, 0 | 1 | 2])[]): Buffer =>
  packet(
    0x82,
    uint16(id),
    ...filters.flatMap((filter) => {
      const [name, qos] = typeof filter === 'string' ? [filter, 1] : filter;
      return [text(name), Buffer.from([qos])];
    }),
  );
export const unsubscribePacket = (id: number, ...filters: string[]): Buffer =>
  packet(0xa2, uint16(id), ...filters.map(text));
export const pubackPacket = (id: number): Buffer => packet(0x40, uint16(id));
export const pubrelPacket = (id: number): Buffer => packet(0x62, uint16(id));
export const PINGREQ = packet(0xc0);
export const DISCONNECT = packet(0xe0);
