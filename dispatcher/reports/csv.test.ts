import { describe, expect, it } from 'vitest';
import { prefersCsv, toCsv } from './csv.ts';

describe('CSV', () => {
  it('quotes what needs it, and disarms formulas', () => {
    expect(
      toCsv(
        ['group', 'visits'],
        [
          ['a,"b"', 1],
          ['=1+1', null],
        ],
      ),
    ).toBe('\uFEFFgroup,visits\r\n"a,""b""",1\r\n\'=1+1,\r\n');
  });

  it.each([
    [undefined, false],
    ['*/*', false],
    ['text/csv', true],
    ['text/csv, */*;q=0.1', true],
    ['application/json, text/csv', false],
    ['application/json;q=0.5, text/csv;q=0.9', true],
  ])('is given for Accept %s: %s', (accept, wanted) => {
    expect(prefersCsv(accept)).toBe(wanted);
  });
});
