import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../schemas/channels.ts';
import { goodExamples } from '../../schemas/examples.ts';
import type { InboundMessage, Principal } from '../../schemas/inbound.ts';
import { CODECS } from '../codecs/registry.ts';
import { decode, type Decoded, type RegisteredDevice, type RegisteredHome } from './decode.ts';

const NOW = Date.parse('2026-11-23T08:00:00.000Z');
const DEVICES: RegisteredDevice[] = [
  { deviceId: 'button', deviceNo: 1, kind: 'sos_button' },
  { deviceId: 'pir-1', deviceNo: 2, kind: 'pir', zone: 'bathroom' },
  { deviceId: 'gw', deviceNo: 3, kind: 'gateway' },
];
const home: RegisteredHome = {
  homeId: 'h1',
  device: (id) => DEVICES.find((device) => device.deviceId === id),
  external: (id) => (id === '浴室/移动' ? DEVICES[1] : id === 'call' ? DEVICES[0] : undefined),
};
const GATEWAY: Principal = { type: 'gateway', id: 'gw', homeId: 'h1', codec: 'zigbee2mqtt' };

function message(topic: string, payload: unknown, more: Partial<InboundMessage> = {}): InboundMessage {
  const bytes =
    payload instanceof Uint8Array
      ? payload
      : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { principal: GATEWAY, topic, payload: bytes, size: bytes.length, qos: 1, receivedAt: NOW, ...more };
}
const on = (
  channel: string,
  payload: unknown,
  more: Partial<InboundMessage> = {},
  device = 'pir-1',
): Decoded => decode(message(`care/v1/h1/${device}/${channel}`, payload, more), home, CODECS);
const press = (payload: unknown, more: Partial<InboundMessage> = {}, device = 'button') => {
  const decoded = on('sos', payload, more, device);
  if (decoded.result !== 'events') throw new Error(JSON.stringify(decoded));
  expect(decoded.items).toHaveLength(1);
  const [item] = decoded.items;
  if (!item) throw new Error('none');
  return { ...item, note: decoded.note };
};
const letter = (decoded: Decoded) => (decoded.result === 'dead_letter' ? decoded.letter : decoded);

describe('decode, by the contract’s table of outcomes', () => {
  it.each(CHANNELS)('makes a device event of every good example of %s', (channel) => {
    for (const { payload } of goodExamples[channel]) {
      const decoded = on(channel, payload);
      expect(decoded).toMatchObject({ result: 'events' });
      if (decoded.result !== 'events') return;
      expect(decoded.items[0]?.event).toMatchObject({
        homeId: 'h1',
        deviceId: 'pir-1',
        deviceKind: 'pir',
        zone: 'bathroom',
        channel,
        payload,
        receivedAt: NOW,
        marks: [],
      });
      expect(decoded.items[0]).toMatchObject({ deviceNo: 2, body: JSON.stringify(payload) });
    }
  });

  it.each([
    ['not JSON', 'presence', '{"sensor":', 'not_json'],
    ['no UTF-8', 'presence', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]), 'not_json'],
    ['nothing at all', 'presence', '', 'not_json'],
    ['an array', 'presence', '[1]', 'schema'],
    ['no fit to the schema', 'presence', { sensor: 'pir' }, 'schema'],
    ['a ts that is none', 'status', { ts: 'yesterday' }, 'schema'],
    ['a channel nobody knows', 'smell', {}, 'unknown_channel'],
    ['NUL in a string', 'status', '{"firmware":"a\\u0000"}', 'database_refused'],
    ['a lone surrogate', 'status', '{"x":"\\ud800"}', 'database_refused'],
    ['an absurd number', 'status', '{"x":1e400000}', 'database_refused'],
    ['nesting without end', 'status', `{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'schema'],
  ])('%s is a dead letter that keeps its bytes', (_, channel, payload, reason) => {
    expect(letter(on(channel, payload))).toMatchObject({
      reason,
      keepBody: true,
      homeId: 'h1',
      deviceId: 'pir-1',
    });
  });

  it('what is too large is kept as size and hash only, whether the broker held its bytes back or not', () => {
    const large = Buffer.alloc(16 * 1024 + 1, 32);
    expect(letter(on('status', large))).toMatchObject({ reason: 'too_large', keepBody: false });
    expect(letter(on('status', '', { payload: undefined, size: 20_000 }))).toMatchObject({
      reason: 'too_large',
      detail: '20000 bytes',
      keepBody: false,
    });
    expect(
      on(
        'status',
        Buffer.concat([Buffer.from('{"online":true'), Buffer.alloc(16 * 1024 - 15, 32), Buffer.from('}')]),
      ),
    ).toMatchObject({ result: 'events' });
  });

  it('pictures, sound and video are refused and their bytes never kept, whatever else is wrong', () => {
    const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, ...Array(200).fill(7)]);
    const inside = {
      sensor: 'camera',
      zone: 'bath',
      occupied: true,
      snap: Buffer.from(jpeg).toString('base64'),
    };
    for (const decoded of [
      on('presence', jpeg),
      on('presence', inside),
      on('presence', { ...inside, zone: 3 }),
      on('presence', inside, {}, 'nobody'),
      on('status', { fault: 'data:image/png;base64,iVBO' }),
      // Not understood is no reason to keep it.
      on('presence', Buffer.from(JSON.stringify(inside).slice(0, -5))),
      on('presence', Buffer.concat([Buffer.from('--x\r\nContent-Type: image/jpeg\r\n\r\n'), jpeg])),
      on('presence', Buffer.from(`{"sensor":"${inside.snap}","sensor":3}`)),
      on('smell', Buffer.from(JSON.stringify(inside).slice(0, -5))),
    ])
      expect(letter(decoded)).toMatchObject({ reason: 'media', keepBody: false });
    for (const decoded of [
      on('smell', inside),
      on('smell', jpeg),
      decode(
        message('care/v1/h9/x/presence', inside, { principal: { type: 'bridge', id: 'b', homes: ['h9'] } }),
        null,
        CODECS,
      ),
    ])
      expect(letter(decoded)).toMatchObject({ keepBody: false });
  });

  it('an unknown device or home is a dead letter', () => {
    expect(letter(on('presence', goodExamples.presence[0]?.payload, {}, 'nobody'))).toMatchObject({
      reason: 'unknown_device',
    });
    expect(letter(decode(message('care/v1/h1/button/sos', { action: 'press' }), null, CODECS))).toMatchObject(
      {
        reason: 'unknown_home',
      },
    );
  });

  it('a topic that is not the credential’s own is refused, also where no broker has looked before', () => {
    const as = (principal: Principal) =>
      letter(decode(message('care/v1/h1/button/sos', { action: 'press' }, { principal }), home, CODECS));
    expect(as({ type: 'device', id: 'other', homeId: 'h1' })).toMatchObject({ reason: 'topic' });
    expect(as({ type: 'gateway', id: 'gw', homeId: 'h2' })).toMatchObject({ reason: 'topic' });
    expect(as({ type: 'bridge', id: 'b', homes: ['h2'] })).toMatchObject({ reason: 'topic' });
    expect(as({ type: 'bridge', id: 'b', homes: ['h1'] })).toMatchObject({ result: 'events' });
    expect(as({ type: 'device', id: 'button', homeId: 'h1' })).toMatchObject({ result: 'events' });
  });

  it('a delivery with the retain flag is state, never an event', () => {
    expect(on('sos', { action: 'press' }, { retained: true })).toEqual({
      result: 'ignored',
      reason: 'retained',
    });
  });

  it('of a will `id` and `ts` are ignored', () => {
    const decoded = on('status', { id: 'w', ts: 1, online: false }, { will: true });
    expect(decoded).toMatchObject({
      items: [
        { body: '{"online":false}', event: { messageId: '', occurredAt: NOW, clock: 'absent', will: true } },
      ],
    });
    expect(on('status', { id: 5, ts: 'x', online: false }, { will: true })).toMatchObject({
      result: 'events',
    });
    expect(press({ id: 5, ts: 'x', action: 'press' }, { will: true }).event).toMatchObject({ marks: [] });
  });

  it('`__proto__` and `constructor` are keys like any other', () => {
    const text = '{"__proto__":{"online":true},"constructor":1,"hasOwnProperty":0,"online":false}';
    const decoded = on('status', text);
    expect(decoded).toMatchObject({ result: 'events', items: [{ body: text }] });
    expect({}).not.toHaveProperty('online');
    expect(press('{"__proto__":{"action":"cancel"},"battery":"x"}').event.payload).toMatchObject({
      action: 'press',
    });
    expect(letter(on('presence', '{"__proto__":{"sensor":"pir","zone":"x","occupied":true}}'))).toMatchObject(
      { reason: 'schema' },
    );
    expect(letter(on('presence', goodExamples.presence[0]?.payload, {}, '__proto__'))).toMatchObject({
      reason: 'unknown_device',
    });
  });

  it('never throws, and tells of every message exactly one thing', () => {
    const payload = fc.oneof(
      fc.json(),
      fc.string(),
      fc.uint8Array(),
      fc.json().map((text) => text.replace(/"[^"]*"/, '"ts"')),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNELS, 'smell', 'cmd', ''),
        payload,
        fc.boolean(),
        (channel, body, will) => {
          const decoded = on(channel, body, { will });
          expect(['events', 'dead_letter', 'ignored']).toContain(decoded.result);
          if (channel === 'sos') expect(decoded.result).toBe('events');
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('decode, on sos', () => {
  it.each<[string, unknown, string[]]>([
    ['battery as text', { action: 'press', battery: 'full' }, ['bad_field:battery']],
    ['an id too long', { action: 'press', id: 'x'.repeat(65) }, ['bad_field:id']],
    ['a time that is none', { action: 'press', ts: 'now' }, ['bad_field:ts']],
    ['an action nobody knows', { action: 'hug' }, ['bad_field:action']],
    ['no action', {}, ['bad_field:action']],
    ['NUL in an unknown field', '{"action":"press","note":"\\u0000"}', ['bad_field:note']],
    ['a lone surrogate in a key', '{"action":"press","\\ud800":1}', ['bad_field:?']],
    ['an absurd number', '{"action":"press","x":{"y":1e400000}}', ['bad_field:x']],
    ['a picture', { action: 'press', p: 'data:image/png;base64,x' }, ['media_dropped', 'bad_field:p']],
  ])('%s: the field is dropped, the press counts', (_, payload, marks) => {
    const { event, body } = press(payload);
    expect(event.marks).toEqual(marks);
    expect(event.payload).toEqual({ action: 'press' });
    expect(body).toBe('{"action":"press"}');
  });

  it('a bad service is dropped from a request', () => {
    expect(press({ action: 'service', service: 'dance', battery: 50 }).event).toMatchObject({
      payload: { action: 'service', battery: 50 },
      marks: ['bad_field:service'],
    });
  });

  it.each<[string, unknown]>([
    ['not JSON', 'press!'],
    ['nothing', ''],
    ['no object', '"press"'],
    ['no UTF-8', Uint8Array.from([255, 254])],
    ['a picture', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, ...Array(200).fill(7)])],
    ['nested without end', '['.repeat(9000)],
  ])('unreadable (%s) counts as a press, marked so', (_, payload) => {
    const { event, body } = press(payload);
    expect(event).toMatchObject({
      payload: { action: 'press' },
      marks: ['unreadable'],
      messageId: '',
      occurredAt: NOW,
    });
    expect(body).toBe('{"action":"press"}');
  });

  it('too large counts as a press, and is kept as size and hash, too', () => {
    const { event, note } = press('', { payload: undefined, size: 20_000 });
    expect(event.marks).toEqual(['unreadable', 'too_large']);
    expect(note).toMatchObject({ reason: 'too_large', keepBody: false });
  });

  it('from an unregistered device of a known home counts as a press, marked so', () => {
    const { event, deviceNo } = press({ action: 'press' }, {}, 'nobody');
    expect(event).toMatchObject({
      deviceId: 'nobody',
      deviceKind: 'unknown',
      marks: ['unregistered_device'],
    });
    expect(deviceNo).toBe(0);
    expect(press('?', {}, 'nobody').event.marks).toEqual(['unregistered_device', 'unreadable']);
  });

  it('a cancel is a cancel', () =>
    expect(press({ action: 'cancel' }).event.payload).toEqual({ action: 'cancel' }));
});

describe('decode, of a codec’s messages', () => {
  const z = (topic: string, payload: unknown, more: Partial<InboundMessage> = {}) =>
    decode(message(`zigbee2mqtt/${topic}`, payload, more), home, CODECS);

  it('makes a press of a real SOS button’s message', () => {
    expect(z('call', { action: 'emergency', battery: 100, linkquality: 120 })).toMatchObject({
      result: 'events',
      items: [
        {
          deviceNo: 1,
          event: {
            deviceId: 'button',
            channel: 'sos',
            payload: { action: 'press', battery: 100 },
            marks: [],
          },
        },
      ],
    });
  });

  it('friendly names may hold slashes', () => {
    expect(z('浴室/移动', { occupancy: true, battery: '87' })).toMatchObject({
      items: [
        {
          event: {
            deviceId: 'pir-1',
            channel: 'presence',
            payload: { sensor: 'pir', zone: 'bathroom', occupied: true, battery: 87 },
          },
        },
      ],
    });
  });

  it('an unmapped friendly name is an unknown device, but an emergency of one is a press', () => {
    expect(letter(z('灯', { state: 'ON' }))).toMatchObject({ reason: 'unknown_device', keepBody: true });
    expect(z('灯', { action: 'emergency' })).toMatchObject({
      items: [{ deviceNo: 0, event: { channel: 'sos', marks: ['unregistered_device'] } }],
    });
  });

  it('the bridge’s chatter is ignored up to a mebibyte; its going offline is the gateway’s status', () => {
    const devices = Buffer.alloc(900_000, 32);
    expect(z('bridge/devices', devices)).toEqual({ result: 'ignored', reason: 'bridge' });
    expect(z('bridge/state', { state: 'offline' })).toMatchObject({
      items: [{ event: { deviceId: 'gw', channel: 'status', payload: { online: false } } }],
    });
  });

  it('a large message of a device is a dead letter, a picture is refused', () => {
    expect(letter(z('浴室/移动', Buffer.alloc(20_000, 32)))).toMatchObject({
      reason: 'too_large',
      keepBody: false,
    });
    expect(
      letter(z('浴室/移动', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, ...Array(90).fill(1)]))),
    ).toMatchObject({ reason: 'media' });
  });

  it('without a codec a foreign topic is refused', () => {
    const principal: Principal = { type: 'gateway', id: 'gw', homeId: 'h1' };
    expect(letter(z('call', { action: 'emergency' }, { principal }))).toMatchObject({ reason: 'topic' });
  });
});
