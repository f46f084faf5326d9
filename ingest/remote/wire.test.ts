import { expect, it } from 'vitest';
import type { InboundMessage } from '../../schemas/inbound.ts';
import { type Answer, answersFromText, answersToText, fromFields, toFields } from './wire.ts';

const buffers = (fields: readonly (string | Buffer)[]): Buffer[] => fields.map((field) => Buffer.from(field));
const overTheWire = (message: InboundMessage) =>
  fromFields(buffers(toFields({ receiver: 'r', number: 7, message })));

it.each<[string, InboundMessage]>([
  [
    'a press of a device',
    {
      principal: { type: 'device', id: 'd-1', homeId: 'h-1' },
      topic: 'care/v1/h-1/d-1/sos',
      payload: Buffer.from('{"action":"press"}'),
      size: 18,
      qos: 1,
      receivedAt: 1_790_000_000_123,
    },
  ],
  [
    'what was too large to be taken, and is known by its hash alone',
    {
      principal: { type: 'gateway', id: 'g-1', homeId: 'h-1', codec: 'zigbee2mqtt' },
      topic: 'zigbee2mqtt/按钮',
      payload: undefined,
      size: 90_000_000,
      sha256: Buffer.from('00ff80', 'hex'),
      qos: 2,
      receivedAt: 5,
    },
  ],
  [
    'a will, bytes that are no text, a bridge of several homes',
    {
      principal: { type: 'bridge', id: 'b', homes: ['h-1', 'h-2'] },
      topic: 'care/v1/h-2/d/status',
      payload: Buffer.from([0, 255, 128, 10]),
      size: 4,
      qos: 0,
      will: true,
      retained: false,
      receivedAt: 0,
    },
  ],
])('%s arrives as it was sent', (_what, message) => {
  expect(overTheWire(message)).toEqual({ receiver: 'r', number: 7, message });
});

it('a view into a larger buffer sends its own bytes only', () => {
  const payload = Buffer.from('before{"a":1}after').subarray(6, 13);
  const message: InboundMessage = {
    principal: { type: 'device', id: 'd' },
    topic: 't',
    payload,
    size: 7,
    qos: 0,
    receivedAt: 1,
  };
  expect(overTheWire(message).message.payload?.toString()).toBe('{"a":1}');
});

it('answers of every kind come back as they were given', () => {
  const answers: Answer[] = [
    [1, { result: 'reading', messageId: 'm', alertIds: ['a', 'b'] }],
    [2, { result: 'reading', messageId: 'm2' }],
    [3, { result: 'duplicate', messageId: 'm' }],
    [4, { result: 'dead_letter', reason: 'schema', detail: 'spo2: too large' }],
    [5, { result: 'ignored', reason: 'bridge chatter' }],
  ];
  expect(answersFromText(answersToText(answers))).toEqual(answers);
});

it.each([
  ['no envelope', ['payload', '{}']],
  ['an envelope that is no JSON', ['envelope', '{']],
  ['a number that is none', ['envelope', '{"receiver":"r","number":"1"}']],
])('%s is refused', (_what, fields) => {
  expect(() => fromFields(buffers(fields))).toThrow();
});
