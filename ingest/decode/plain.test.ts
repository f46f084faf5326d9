import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayHoldMedia } from './media.ts';
import { isPlain } from './plain.ts';
import { isTooDeep, maySurprise } from './screen.ts';

const plain = (text: string): boolean => isPlain(Buffer.from(text));

describe('one look at a payload', () => {
  it('finds nothing in what devices say all day', () => {
    for (const text of [
      '{"id":"bg1-g17-4711","ts":1760000000000,"sensor":"pir","zone":"bathroom","occupied":true}',
      '{"id":"a","ts":1760000000000,"heartRateBpm":72,"spo2Pct":97,"quality":0.9}',
      '{"online":true,"rssiDbm":-61,"battery":88.5}',
      '{}',
    ])
      expect(plain(text), text).toBe(true);
  });

  it.each([
    ['{"zone":"卧室"}', 'what is not ASCII'],
    ['{"zone":"\\u0000"}', 'an escape'],
    ['{"x":1e4000}', 'an exponent'],
    ['{"photo":"data:image/png"}', 'a slash'],
    ['{"x":[1,2]}', 'a list'],
    ['{"0":255}', 'an array of bytes as an object'],
    [`{"x":"${'A'.repeat(48)}"}`, 'a long text'],
    [`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'too many levels'],
    ['{"x":\n1}', 'a control character'],
  ])('leaves %s to the others: %s', (text) => expect(plain(text)).toBe(false));

  it('never says yes where one of the three that it stands for says no', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('{', '"0":', '"', '"0', '":', '1e4000', 'E-99999', '.e1234', '\\u0000', '/', '[', '0'),
      fc.constantFrom('{'.repeat(33), 'A'.repeat(48), 'A'.repeat(47), '\\\\'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('').toWellFormed();
        if (plain(text))
          expect([isTooDeep(text), mayHoldMedia(text), maySurprise(text)]).toEqual([false, false, false]);
      }),
      { numRuns: 1_000 },
    );
  });
});
