import { expect, it } from 'vitest';
import { commandTopic, readUpTopic, upTopic } from './topics.ts';

it('an up topic is read back as it was written', () => {
  expect(readUpTopic(upTopic('h-1', 'd_1', 'sos'))).toEqual({
    homeId: 'h-1',
    deviceId: 'd_1',
    channel: 'sos',
    known: true,
  });
});
it('an unknown channel keeps the shape and is said to be unknown', () => {
  expect(readUpTopic('care/v1/h/d/smell')).toMatchObject({ channel: 'smell', known: false });
});
it.each([
  'care/v1/h/d',
  'care/v1/h/d/sos/x',
  'care/v2/h/d/sos',
  'care/v1//d/sos',
  'care/v1/h/d/',
  'care/v1/h h/d/sos',
  `care/v1/${'x'.repeat(65)}/d/sos`,
  commandTopic('h', 'd'),
  '',
])('refuses %s', (topic) => {
  expect(readUpTopic(topic)).toBeUndefined();
});
