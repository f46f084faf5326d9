import { FieldReader, isTopicName } from './mqtt-text.ts';
import { malformed, type Malformed, type QoS } from './packet-types.ts';

export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: QoS;
  readonly retain: boolean;
}

export interface ConnectRequest {
  readonly protocol: 3 | 4;
  readonly clean: boolean;
  /** 0: none asked for. */
  readonly keepAliveS: number;
  /** May be empty. */
  readonly clientId: string;
  readonly will: Will | undefined;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
}

/** A CONNECT that is well formed and refused all the same: the CONNACK's return code; absent if it may not even be sent. */
export interface RefusedConnect {
  readonly returnCode: 1 | 2 | undefined;
}

const USERNAME = 0x80;
const PASSWORD = 0x40;
const WILL_RETAIN = 0x20;
const WILL_QOS = 0x18;
const WILL = 0x04;
const CLEAN = 0x02;
const RESERVED = 0x01;

/** Bytes of our refusal; a client of MQTT 5 may say that it takes less [MQTT5 3.1.2.11.4]. */
const CONNACK_BYTES = 4;

/**
 * Reads a CONNECT. Malformed ones close the connection without a word; an unknown protocol level is answered with 1
 * [MQTT-3.1.2-2], an empty client id without clean session, or of MQTT 3.1 at all, with 2 [MQTT-3.1.3-8]. MQTT 5 is
 * read, so that its malformed packets are told from the well-formed ones that get a 1.
 */
export function readConnect(flags: number, body: Buffer): ConnectRequest | RefusedConnect | Malformed {
  const fields = new FieldReader(body);
  const name = fields.takeText();
  if (name !== 'MQTT' && name !== 'MQIsdp') return malformed('protocol_name');
  const level = fields.takeByte();
  if (level === undefined) return malformed('length');
  const protocol =
    name === 'MQTT' && (level === 4 || level === 5) ? level : name === 'MQIsdp' && level === 3 ? 3 : 0;
  // MQTT 3.1 leaves these bits unused; later versions reserve them [MQTT-2.2.2-2, 3.1.2-3].
  if (flags !== 0 && protocol !== 3) return malformed('flags');
  if (protocol === 0) return { returnCode: 1 };

  const bits = fields.takeByte();
  const keepAliveS = fields.takeUint16();
  if (bits === undefined || keepAliveS === undefined) return malformed('length');
  if ((bits & RESERVED) !== 0 && protocol !== 3) return malformed('connect_flags');
  if ((bits & PASSWORD) !== 0 && (bits & USERNAME) === 0) return malformed('connect_flags');
  const willQos = (bits & WILL_QOS) >> 3;
  if (willQos === 3 || ((bits & WILL) === 0 && (bits & (WILL_QOS | WILL_RETAIN)) !== 0))
    return malformed('will');

  const properties = protocol === 5 ? readProperties(fields) : NO_PROPERTIES;
  if (properties === undefined) return malformed('length');
  const clientId = fields.takeText();
  if (clientId === undefined) return malformed('length');
  if (clientId === null) return malformed('text');

  let will: Will | undefined;
  if ((bits & WILL) !== 0) {
    if (protocol === 5 && readProperties(fields) === undefined) return malformed('length');
    const topic = fields.takeText();
    const payload = fields.takeBinary();
    if (topic === undefined || payload === undefined) return malformed('length');
    if (topic === null) return malformed('text');
    if (!isTopicName(topic)) return malformed('will');
    will = {
      topic,
      payload,
      qos: willQos === 2 ? 2 : willQos === 1 ? 1 : 0,
      retain: (bits & WILL_RETAIN) !== 0,
    };
  }
  let username: string | undefined;
  if ((bits & USERNAME) !== 0) {
    const text = fields.takeText();
    if (text === undefined) return malformed('length');
    if (text === null) return malformed('text');
    username = text;
  }
  const password = (bits & PASSWORD) !== 0 ? fields.takeBinary() : undefined;
  if ((bits & PASSWORD) !== 0 && password === undefined) return malformed('length');
  if (!fields.done) return malformed('trailing_bytes');

  const clean = (bits & CLEAN) !== 0;
  if (protocol === 5) return { returnCode: properties.maximumPacketBytes < CONNACK_BYTES ? undefined : 1 };
  if (clientId === '' && (protocol === 3 || !clean)) return { returnCode: 2 };
  return { protocol, clean, keepAliveS, clientId, will, username, password };
}

/** The CONNECT that aedes gets: identity decided, no credentials, keep-alive and will kept with us. */
export function encodeConnect(options: {
  protocol: 3 | 4;
  clean: boolean;
  clientId: string;
  will: Will | undefined;
}): Buffer {
  const { will } = options;
  const bits =
    (options.clean ? CLEAN : 0) | (will ? WILL | (will.qos << 3) | (will.retain ? WILL_RETAIN : 0) : 0);
  const body = Buffer.concat([
    sized(Buffer.from(options.protocol === 3 ? 'MQIsdp' : 'MQTT')),
    Buffer.from([options.protocol, bits, 0, 0]),
    sized(Buffer.from(options.clientId)),
    ...(will ? [sized(Buffer.from(will.topic)), sized(will.payload)] : []),
  ]);
  return Buffer.concat([Buffer.from([0x10]), encodeLength(body.length), body]);
}

export function sized(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length + 2);
  out.writeUInt16BE(bytes.length, 0);
  bytes.copy(out, 2);
  return out;
}

export function encodeLength(length: number): Buffer {
  const bytes: number[] = [];
  for (let rest = length; ; rest >>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

interface Properties {
  readonly maximumPacketBytes: number;
}
const NO_PROPERTIES: Properties = { maximumPacketBytes: Infinity };
const MAXIMUM_PACKET_SIZE = 0x27;
/** Bytes of the properties of MQTT 5 that may come before the one we look for; others end the search. */
const FIXED_PROPERTIES: Readonly<Record<number, number>> = { 0x11: 4, 0x17: 1, 0x19: 1, 0x21: 2, 0x22: 2 };

function readProperties(fields: FieldReader): Properties | undefined {
  const length = fields.takeVariableInt();
  const bytes = length === undefined ? undefined : fields.takeBytes(length);
  if (bytes === undefined) return undefined;
  for (let at = 0; at < bytes.length;) {
    const id = bytes[at] ?? 0;
    if (id === MAXIMUM_PACKET_SIZE && at + 5 <= bytes.length)
      return { maximumPacketBytes: bytes.readUInt32BE(at + 1) };
    const size = FIXED_PROPERTIES[id];
    if (size === undefined) break;
    at += 1 + size;
  }
  return NO_PROPERTIES;
}
