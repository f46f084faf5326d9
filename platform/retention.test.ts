import { expect, it } from 'vitest';
import { parseRetention } from './retention.ts';

it('says for each kind how many days it is kept; what is not named stays as it is', () => {
  const said = parseRetention('readings=400, positions=90,dead-letters=forever');
  expect(said).toMatchObject({
    ok: true,
    retention: { readings: 400, positions: 90, 'dead-letters': undefined, handovers: 365 },
  });
  expect(parseRetention(undefined)).toMatchObject({ retention: { readings: undefined, 'dead-letters': 90 } });
});

it.each([
  ['audit=1', ['must name readings, positions, dead-letters, handovers, notices, visit-notes, prompts']],
  ['readings', ['readings wants a number of days, or forever']],
  ['readings=-4,positions=1e3', expect.arrayContaining(['positions wants a number of days, or forever'])],
  ['readings=1', ['readings are kept at least 30 days']],
  ['__proto__=1', [expect.stringContaining('must name')]],
])('%s is refused', (text, problems) => {
  expect(parseRetention(text)).toEqual({ ok: false, problems });
});
