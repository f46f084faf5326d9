import { describe, expect, it } from 'vitest';
import { qrCode } from './qr-code.ts';

/** Read by zbarimg over every version when this was written; here the parts that must stay. */
describe('the QR code', () => {
  it('is as large as its text needs', () => {
    expect([1, 14, 15, 122, 180, 181, 287].map((n) => (qrCode('x'.repeat(n)).length - 17) / 4)).toEqual([
      1, 1, 2, 7, 9, 10, 12,
    ]);
    expect(() => qrCode('x'.repeat(288))).toThrow('too long');
  });

  it('has its three finders, its timing lines and the dark module', () => {
    const code = qrCode('{"id":"d-1","secret":"abc"}');
    const size = code.length;
    const line = (y: number, from: number, n: number): string =>
      Array.from({ length: n }, (_, i) => (code[y]?.[from + i] ? '#' : '.')).join('');
    expect([0, 1, 2, 6].map((y) => line(y, 0, 8))).toEqual(['#######.', '#.....#.', '#.###.#.', '#######.']);
    expect(line(0, size - 8, 8)).toBe('.#######');
    expect(line(size - 1, 0, 8)).toBe('#######.');
    expect(line(6, 8, size - 16)).toBe('#.'.repeat(size).slice(0, size - 16));
    expect(code[size - 8]?.[8]).toBe(true);
  });
});
