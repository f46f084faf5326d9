import { describe, expect, it } from 'vitest';
import { formFor, toCsv } from './csv.ts';

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
    [undefined, 'json'],
    ['*/*', 'json'],
    ['text/csv', 'csv'],
    ['text/csv, */*;q=0.1', 'csv'],
    ['application/json, text/csv', 'json'],
    ['application/json;q=0.5, text/csv;q=0.9', 'csv'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['text/csv, text/html;q=0.5', 'csv'],
  ])('or another form is given for Accept %s: %s', (accept, wanted) => {
    expect(formFor(accept)).toBe(wanted);
  });
});
