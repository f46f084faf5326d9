import { expect, it } from 'vitest';
import { countText, hoursText, scoreText } from './number-text.ts';

it('numbers of a column have their thousands apart and the same decimals', () => {
  expect([countText(1_296_420, 'zh'), countText(0, 'en'), countText(null, 'en')]).toEqual([
    '1,296,420',
    '0',
    '—',
  ]);
  expect([hoursText(18_540, 'zh'), hoursText(61_234, 'en')]).toEqual(['309.0', '1,020.6']);
  expect([scoreText(9.6, 'zh'), scoreText(8, 'en'), scoreText(null, 'zh')]).toEqual(['9.60', '8.00', '—']);
});
