import { describe, expect, it } from 'vitest';
import { consentFor, type StatedConsent, withheldBy } from './consent.ts';

const yes = (kind: StatedConsent['kind'], date = '2025-01-01'): StatedConsent => ({ kind, date });
const no = (kind: StatedConsent['kind'], date = '2025-06-01'): StatedConsent => ({
  kind,
  date,
  given: false,
});

describe('what is withheld', () => {
  it.each([
    ['nobody has said anything', [[]], [], ['camera', 'location']],
    ['nobody lives there', [], [], []],
    ['she has agreed to both', [[yes('camera'), yes('location')]], [], []],
    ['she has taken one back', [[yes('camera'), no('camera'), yes('location')]], ['camera'], ['camera']],
    ['she has agreed again', [[no('camera'), yes('camera', '2025-07-01'), yes('location')]], [], []],
    [
      'order in the list is not order in time',
      [[no('camera'), yes('camera')]],
      ['camera'],
      ['camera', 'location'],
    ],
    ['one of two refuses the camera', [[yes('camera')], [no('camera')]], ['camera'], ['camera', 'location']],
    ['one of two has not said', [[yes('camera'), yes('location')], []], [], ['camera']],
  ])('%s', (_, people, recorded, required) => {
    expect([...withheldBy(people, false)]).toEqual(recorded);
    expect([...withheldBy(people, true)]).toEqual(required);
  });
});

it.each([
  ['location', 'locator', {}, 'location'],
  ['location', 'wearable', {}, 'location'],
  ['presence', 'camera', { sensor: 'pir' }, 'camera'],
  ['presence', 'gateway', { sensor: 'camera' }, 'camera'],
  ['presence', 'pir', { sensor: 'pir' }, undefined],
  ['fall', 'camera', { source: 'camera' }, 'camera'],
  ['fall', 'wearable', { source: 'wearable' }, undefined],
  ['sos', 'camera', {}, undefined],
  ['status', 'camera', {}, undefined],
] as const)('%s of a %s with %j needs consent for %s', (channel, kind, payload, consent) => {
  expect(consentFor(channel, kind, payload)).toBe(consent);
});
