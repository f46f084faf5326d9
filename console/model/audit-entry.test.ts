import { expect, it } from 'vitest';
import { supervisorEn } from '../words/supervisor-en.ts';
import { actionText, objectAddress } from './audit-entry.ts';

it('an audit entry reads as words; a code that has none is left as it is', () => {
  expect(actionText('alert.acknowledge', supervisorEn.audit)).toBe('Alarm · acknowledged');
  expect(actionText('user.second-factor.off', supervisorEn.audit)).toBe('User · second factor off');
  expect(
    ['alert.teleport', 'moon.view', 'constructor.view', 'alert'].map((a) =>
      actionText(a, supervisorEn.audit),
    ),
  ).toEqual([undefined, undefined, undefined, undefined]);
});

it('its object is a link to where it is seen, if it is one thing with a page', () => {
  expect(objectAddress('resident:r/1')).toBe('#/registry/residents/r%2F1');
  expect(objectAddress('alert:al-1')).toBe('#/alert/al-1');
  expect(objectAddress('order:or-1')).toBe('#/orders/or-1');
  expect(['resident:*', 'session:abc', 'residents', ''].map(objectAddress)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
