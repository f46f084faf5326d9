import { expect, it } from 'vitest';
import { readArguments } from '../devices-sim/options.ts';
import { benchmark, duration, rateOrMax, whole } from './benchmark.ts';

interface Settings {
  homes: number;
  forMs: number;
  ratePerS: number | 'max';
  quiet: boolean;
}

const settingsOf = async (...words: string[]): Promise<Settings | undefined> => {
  let seen: Settings | undefined;
  const { flags, run } = benchmark<Settings>(
    (settings) => {
      seen = settings;
      return { aims: [] } as never;
    },
    { homes: 10, forMs: 5_000, ratePerS: 'max', quiet: true },
    { homes: whole('homes', 1, 100), forMs: duration('duration'), ratePerS: rateOrMax('rate') },
  );
  await run(readArguments(words, Object.fromEntries(flags.map((flag) => [flag, 'text'] as const))));
  return seen;
};

it('a setting is what its option says, and otherwise its default', async () => {
  expect(await settingsOf()).toEqual({ homes: 10, forMs: 5_000, ratePerS: 'max', quiet: true });
  expect(await settingsOf('--homes', '7', '--duration', '2s', '--rate', '300')).toEqual({
    homes: 7,
    forMs: 2_000,
    ratePerS: 300,
    quiet: true,
  });
});

it('an option out of bounds, or of another benchmark, is refused by name', async () => {
  await expect(settingsOf('--homes', '101')).rejects.toThrow(/--homes/);
  await expect(settingsOf('--presses', '1')).rejects.toThrow(/presses/);
});
