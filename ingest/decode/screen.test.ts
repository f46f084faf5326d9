import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTooDeep, MAX_DEPTH, refusal } from './screen.ts';

const refused = (text: string): string | undefined => refusal(text, JSON.parse(text));

describe('what the database would refuse', () => {
  it.each([
    ['{"zone":"a\\u0000b"}', 'NUL in a string'],
    ['{"a\\u0000":1}', 'NUL in a string'],
    ['{"deep":[{"x":["\\u0000"]}]}', 'NUL in a string'],
    ['{"zone":"\\ud83d"}', 'lone surrogate in a string'],
    ['{"zone":"\\ude00\\ud83d"}', 'lone surrogate in a string'],
    ['{"x":1e400000}', 'absurd number'],
    ['{"x":-1.5E+0999999}', 'absurd number'],
    ['{"x":1e-400000}', 'absurd number'],
  ])('%s: %s', (text, reason) => expect(refused(text)).toBe(reason));

  it.each([
    '{"zone":"\\u5367\\u5ba4"}',
    '{"x":"\\\\u0000"}',
    '{"zone":"\\ud83d\\ude00"}',
    '{"x":1e40}',
    '{"x":"1e400000"}',
    '{}',
  ])('takes %s', (text) => expect(refused(text)).toBe(undefined));

  it('bounds nesting, and does not count brackets in strings', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(isTooDeep(nested(MAX_DEPTH))).toBe(false);
    expect(isTooDeep(nested(MAX_DEPTH + 1))).toBe(true);
    expect(isTooDeep(`{"a":"${'['.repeat(500)}\\"${'{'.repeat(500)}"}`)).toBe(false);
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => !isTooDeep(text)));
  });
});
