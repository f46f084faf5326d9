import { expect, it } from 'vitest';
import { STREETS, streetOf, streetSchema } from './streets.ts';

it('the district has ten streets', () => {
  expect(new Set(STREETS.map((street) => street.zh)).size).toBe(10);
});
it.each(['莲花', '莲花街道', 'Lianhua', 'lianhua', 'LIANHUA', ' Lianhua Subdistrict '])(
  '%s is 莲花',
  (text) => {
    expect(streetOf(text)).toBe('莲花');
  },
);
it('an unknown street is refused and the ten are named', () => {
  const result = streetSchema.safeParse('南山');
  expect(result.success).toBe(false);
  expect(result.error?.issues[0]?.message).toContain('莲花 (Lianhua)');
});
