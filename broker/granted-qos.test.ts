import { expect, it } from 'vitest';
import { fits, grantedQos } from './granted-qos.ts';

it.each([
  ['#', 'a/b', true],
  ['a/#', 'a', true],
  ['a/#', 'a/', true],
  ['a/+', 'a/', true],
  ['a/+', 'a', false],
  ['+/+', '/a', true],
  ['+', '/a', false],
  ['a/+/c/#', 'a//c', true],
  ['a/b', 'a/b/c', false],
  ['a/b/c', 'a/b', false],
])('%s and %s: %s', (filter, topic, fit) => {
  expect(fits(filter, topic)).toBe(fit);
});

it('[MQTT-3.8.4-6] the most of what the fitting filters grant counts, and no other', () => {
  const granted = { 'a/#': { qos: 0 }, 'a/+': { qos: 1 }, 'b/#': { qos: 2 } } as const;
  expect(grantedQos(granted, 'a/b')).toBe(1);
  expect(grantedQos(granted, 'a/b/c')).toBe(0);
  expect(grantedQos(granted, 'c')).toBeUndefined();
});
