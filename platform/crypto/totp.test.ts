import { expect, it } from 'vitest';
import { base32, otpauthUri, totpCode, totpStep, totpStepOf } from './totp.ts';

const secret = Buffer.from('12345678901234567890');

// RFC 6238, appendix B (SHA-1), the last six of its eight digits.
it.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('the code of second %i is %s', (second, code) => {
  expect(totpCode(secret, totpStep(second * 1000))).toBe(code);
});

it('a code is good a step early and late, no further, and only once', () => {
  const at = 1_111_111_109_000;
  const step = totpStep(at);
  const verdict = (offset: number, lastStep = 0) =>
    totpStepOf(secret, totpCode(secret, step + offset), at, lastStep);
  expect([-2, -1, 0, 1, 2].map((offset) => verdict(offset))).toEqual([
    undefined,
    step - 1,
    step,
    step + 1,
    undefined,
  ]);
  expect(verdict(0, step)).toBeUndefined();
  expect(verdict(1, step)).toBe(step + 1);
  for (const code of ['', '08180', '0818041', 'abcdef', '０８１８０４'])
    expect(totpStepOf(secret, code, at, 0)).toBeUndefined();
});

// RFC 4648, section 10, without padding.
it.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('base32 of "%s" is "%s"', (text, encoded) => {
  expect(base32(Buffer.from(text))).toBe(encoded);
});

it('an app is told issuer, account and secret', () => {
  expect(otpauthUri('Yinling', 'wang wu', secret)).toBe(
    'otpauth://totp/Yinling:wang%20wu?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Yinling',
  );
});
