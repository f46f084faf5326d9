import { expect, it } from 'vitest';
import { redacted } from './redact.ts';

it('words, measurements and places go; what happened, when and by whom stays', () => {
  const alert = {
    id: 'a1',
    state: 'resolved',
    evidence: [{ at: 't', kind: 'press', text: '王桂兰按下', data: { bpm: 140 }, messageId: 'm', for: true }],
    timeline: [{ at: 't', what: 'noted', by: 'op', note: 'her son 138' }],
    visit: { minutes: 3, place: { lat: 1, lon: 2 } },
  };
  expect(redacted(alert)).toEqual({
    id: 'a1',
    state: 'resolved',
    evidence: [{ at: 't', kind: 'press', text: '', data: {}, messageId: null, for: true }],
    timeline: [{ at: 't', what: 'noted', by: 'op', note: null }],
    visit: { minutes: 3, place: null },
  });
  expect(redacted(redacted(alert))).toEqual(redacted(alert));
});
