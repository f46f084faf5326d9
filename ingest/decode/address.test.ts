import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUpTopic } from '../../schemas/topics.ts';
import { addressOf, homeOf, isExpress } from './address.ts';

const part = fc.oneof(
  fc.constantFrom(
    'h1',
    'A_-9',
    '',
    'cmd',
    'sos',
    'x'.repeat(64),
    'x'.repeat(65),
    '[',
    '`',
    '@',
    '{',
    '街',
    'a b',
    '+',
    '#',
  ),
  fc.string({ maxLength: 4 }),
);
const topic = fc.oneof(
  fc.array(part, { maxLength: 4 }).map((parts) => ['care', 'v1', ...parts].join('/')),
  fc.tuple(part, part, part).map((parts) => `care/v1/${parts.join('/')}`),
  fc.string(),
);

describe('addresses', () => {
  it('are read as the schema reads them', () => {
    fc.assert(
      fc.property(topic, (text) => {
        const known = readUpTopic(text);
        const found = addressOf(text);
        expect(found).toEqual(
          known && { homeId: known.homeId, deviceId: known.deviceId, channel: known.channel },
        );
        if (known) {
          const message = { topic: text, principal: { type: 'bridge', id: 'b' } as const };
          expect(homeOf({ ...message, payload: undefined, size: 0, qos: 1, receivedAt: 0 })).toBe(
            known.homeId,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('of calls and answers are express', () => {
    const express = (channel: string) =>
      isExpress({
        topic: `care/v1/h/d/${channel}`,
        principal: { type: 'bridge', id: 'b' },
        payload: undefined,
        size: 0,
        qos: 1,
        receivedAt: 0,
      });
    expect(['sos', 'fall', 'reply', 'status', 'presence', 'xsos'].map(express)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
