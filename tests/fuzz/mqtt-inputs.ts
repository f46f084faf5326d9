import { connectPacket, packet, publishPacket, text, uint16 } from '../../broker/testing/packets.ts';
import type { Random } from '../../devices-sim/random.ts';
import { mangle } from './hostile.ts';
import { payloadInput } from './payload-inputs.ts';

/** One connection's whole stream, as the pieces in which it is written. */
export interface MqttInput {
  readonly chunks: readonly Buffer[];
  /** Whether the last packet is whole: then an answer to the PINGREQ at its end is owed, or the connection's end. */
  readonly whole: boolean;
}

export interface Speaker {
  readonly username: string;
  readonly password: string;
  readonly homeId: string;
}

const PINGREQ = Buffer.from([0xc0, 0]);

export function mqttInput(speaker: Speaker, random: Random): MqttInput {
  const packets = [random.chance(0.8) ? goodConnect(speaker, random) : oddConnect(speaker, random)];
  for (let n = random.pick([0, 1, 1, 2, 4]); n > 0; n--) packets.push(onePacket(speaker, random));
  let stream = Buffer.concat([...packets, PINGREQ]);
  if (random.chance(0.15)) {
    const at = packets[0]?.length ?? 0;
    stream = Buffer.concat([stream.subarray(0, at), mangle(stream.subarray(at), random)]);
  }
  return { chunks: split(stream, random), whole: endsWhole(stream) };
}

/** Whole frames, frames in pieces, several in one piece. */
function split(stream: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  const most = random.pick([1, 7, 60, 100_000]);
  let at = 0;
  while (at < stream.length && chunks.length < 40) {
    const end = Math.min(stream.length, at + random.int(1, most));
    chunks.push(stream.subarray(at, end));
    at = end;
  }
  if (at < stream.length) chunks.push(stream.subarray(at));
  return chunks;
}

/** By the fixed headers alone; a remaining length that is none ends the connection, which is an end as well. */
function endsWhole(stream: Buffer): boolean {
  let at = 0;
  while (at < stream.length) {
    let length = 0;
    let shift = 0;
    let byte = 128;
    for (at += 1; byte >= 128; at += 1, shift += 7) {
      if (shift === 28) return true;
      const next = stream[at];
      if (next === undefined) return false;
      byte = next;
      length += (byte & 127) * 2 ** shift;
    }
    at += length;
  }
  return at === stream.length;
}

function goodConnect({ username, password }: Speaker, random: Random): Buffer {
  return connectPacket({
    clientId: `fuzz-${random.int(0, 1e9)}`,
    username,
    password,
    clean: random.chance(0.9),
    keepAliveS: random.pick([0, 0, 60, 65_535]),
    protocol: random.chance(0.9) ? 4 : 3,
  });
}

function oddConnect(speaker: Speaker, random: Random): Buffer {
  const { username, password, homeId } = speaker;
  const base = { username, password, clientId: `odd-${random.int(0, 1e9)}` };
  switch (random.int(0, 9)) {
    case 0:
      return connectPacket({ ...base, password: 'guessed' });
    case 1:
      return connectPacket({ clientId: 'anonymous' });
    case 2:
      return connectPacket({ ...base, clientId: '', clean: random.chance(0.5) });
    case 3:
      return connectPacket({
        ...base,
        clientId: random.pick(['\u0000', 'a/b', '#', 'x'.repeat(65_000), '💥']),
      });
    case 4:
      return connectPacket({
        ...base,
        will: {
          topic: random.pick([
            `care/v1/${homeId}/${username}/status`,
            'care/v1/other/x/sos',
            '#',
            '$SYS/x',
            '',
          ]),
          payload: '{"online":false}',
          qos: random.pick([0, 1, 2]),
        },
      });
    case 5:
      return packet(
        0x10,
        text(random.pick(['MQTT', 'MQIsdp', 'mqtt', '', 'M'.repeat(300)])),
        Buffer.from([random.int(0, 255), random.int(0, 255)]),
        uint16(random.int(0, 65_535)),
        text('c'),
        text(username),
        text(password),
      );
    case 6:
      return packet(
        0x10 | random.int(0, 15),
        text('MQTT'),
        Buffer.from([4, 0xc2]),
        uint16(0),
        text('c'),
        text(username),
        text(password),
      );
    case 7:
      return packet(
        0x10,
        text('MQTT'),
        Buffer.from([4, 0xc2]),
        uint16(0),
        text(Buffer.from([0xff, 0xfe])),
        text(username),
        text(password),
      );
    case 8:
      return connectPacket({
        ...base,
        username: random.pick(['__proto__', "' or 1=1 --", '\ufeff', 'x'.repeat(200)]),
      });
    default:
      return mangle(connectPacket(base), random);
  }
}

function onePacket(speaker: Speaker, random: Random): Buffer {
  switch (random.int(0, 9)) {
    case 0:
      return packet(random.int(0, 255), Buffer.alloc(random.int(0, 20), random.int(0, 255)));
    case 1:
      return Buffer.concat([
        Buffer.from([random.pick([0x30, 0x32, 0x82, 0xa2, 0x10, 0x40])]),
        random.pick([
          Buffer.from([0x80, 0x80, 0x80, 0x80, 0x01]),
          Buffer.from([0xff, 0xff, 0xff, 0x7f]),
          Buffer.from([0x80, 0x00]),
          Buffer.from([0x00]),
        ]),
      ]);
    case 2:
      return packet(
        0x82,
        uint16(random.pick([0, 1, 9])),
        ...Array.from({ length: random.pick([0, 1, 2, 60]) }, () =>
          Buffer.concat([topicText(speaker, random), Buffer.from([random.pick([0, 1, 2, 3, 0x80])])]),
        ),
      );
    case 3:
      return packet(
        0xa2,
        uint16(random.pick([0, 2])),
        ...Array.from({ length: random.int(0, 3) }, () => topicText(speaker, random)),
      );
    case 4:
      return packet(
        random.pick([0x40, 0x50, 0x62, 0x60, 0x70, 0x71]),
        uint16(random.int(0, 4)),
        Buffer.alloc(random.pick([0, 0, 1])),
      );
    case 5:
      return random.pick([
        PINGREQ,
        packet(0xc0, Buffer.from([1])),
        packet(0xc1),
        packet(0xe0),
        packet(0xe1),
        packet(0xf0),
        goodConnect(speaker, random),
      ]);
    case 6: {
      const first = 0x30 | random.int(0, 15);
      return packet(first, topicText(speaker, random), uint16(random.int(0, 9)), payloadInput(random).bytes);
    }
    default: {
      const { channel, bytes } = payloadInput(random);
      return publishPacket({
        topic: `care/v1/${speaker.homeId}/${speaker.username}/${channel}`,
        payload: bytes,
        qos: random.pick([0, 1, 1, 1, 2]),
        id: random.int(1, 65_535),
        dup: false,
        retain: random.chance(0.1),
      });
    }
  }
}

function topicText({ homeId, username }: Speaker, random: Random): Buffer {
  const own = `care/v1/${homeId}/${username}`;
  const topic = random.pick([
    `${own}/presence`,
    `${own}/cmd`,
    `care/v1/${homeId}/+/cmd`,
    '#',
    '+/+/+/+/+',
    'care/v1/+/+/sos',
    `${own}/+`,
    '$SYS/#',
    '$share/g/care/#',
    '$refused/0',
    '$repeated/0',
    '$codec/x',
    '',
    '/',
    'a/#/b',
    'a+/b',
    'care/v1/\u0000/x/sos',
    '/'.repeat(5_000),
    'x'.repeat(65_535),
    '💥',
  ]);
  if (random.chance(0.1))
    return text(Buffer.from(random.pick(['c328', 'eda080', 'c080', 'f4908080', 'ff']), 'hex'));
  if (random.chance(0.03)) return Buffer.from([0xff, 0xff, 1, 2, 3]);
  return text(topic);
}
