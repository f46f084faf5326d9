import { expect, test } from 'vitest';
import { createLatest, newerOf } from './latest.ts';

test('an answer that comes after that to a newer question is dropped, and its request is told', async () => {
  const latest = createLatest();
  const taken: string[] = [];
  const [slow, quick] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let told: AbortSignal | undefined;
  const first = latest.ask(
    (signal) => {
      told = signal;
      return slow.promise;
    },
    (a) => taken.push(a),
  );
  const second = latest.ask(
    () => quick.promise,
    (a) => taken.push(a),
  );
  expect(told?.aborted).toBe(true);
  quick.resolve('new');
  expect(await second).toBe(true);
  slow.resolve('old');
  expect(await first).toBe(false);
  expect(taken).toEqual(['new']);
});

test('an older answer that comes before the newer one is dropped too: what is shown does not flicker', async () => {
  const latest = createLatest();
  const taken: string[] = [];
  const [one, two] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const first = latest.ask(
    () => one.promise,
    (a) => taken.push(a),
  );
  const second = latest.ask(
    () => two.promise,
    (a) => taken.push(a),
  );
  one.resolve('old');
  await first;
  expect(taken).toEqual([]);
  two.resolve('new');
  await second;
  expect(taken).toEqual(['new']);
});

test('once dropped, nothing that is out is taken; a new question is', async () => {
  const latest = createLatest();
  const taken: string[] = [];
  const out = Promise.withResolvers<string>();
  const asked = latest.ask(
    () => out.promise,
    (a) => taken.push(a),
  );
  latest.drop();
  out.resolve('late');
  expect(await asked).toBe(false);
  await latest.ask(
    () => Promise.resolve('again'),
    (a) => taken.push(a),
  );
  expect(taken).toEqual(['again']);
});

test('of two versions the newer stays, of two equal ones the later to arrive', () => {
  const [one, two] = [
    { version: 1, name: 'one' },
    { version: 2, name: 'two' },
  ];
  expect(newerOf(two, one)).toBe(two);
  expect(newerOf(one, two)).toBe(two);
  const again = { ...two };
  expect(newerOf(two, again)).toBe(again);
  expect(newerOf(undefined, one)).toBe(one);
});
