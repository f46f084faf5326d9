import { describe, expect, it } from 'vitest';
import { parseDuration, readArguments, runCommand, UsageError } from './options.ts';

const options = { for: 'text', homes: 'text', rate: 'text', quiet: 'flag' } as const;

describe('command line', () => {
  it('reads times, numbers, flags and positionals', () => {
    const args = readArguments(
      ['aruba', '--for', '90', '--homes=12', '--quiet', '--rate', '0.5'],
      options,
      1,
    );
    expect(args.positionals).toEqual(['aruba']);
    expect(args.durationMs('for')).toBe(90_000);
    expect(args.whole('homes', 1, 100)).toBe(12);
    expect(args.number('rate', 0, 10)).toBe(0.5);
    expect(args.flag('quiet')).toBe(true);
  });

  it('reads units of time', () => {
    expect([parseDuration('60s'), parseDuration('2m'), parseDuration('1h'), parseDuration('500ms')]).toEqual([
      60_000, 120_000, 3_600_000, 500,
    ]);
    expect([parseDuration('0'), parseDuration('soon'), parseDuration('-5s'), parseDuration('')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('refuses what it does not know, naming it', () => {
    expect(() => readArguments(['--speed', '2'], options)).toThrow(/--speed/);
    expect(() => readArguments(['extra'], options)).toThrow('unexpected argument "extra"');
    expect(() => readArguments(['--for', 'soon'], options).durationMs('for')).toThrow(/--for must be a time/);
    expect(() => readArguments(['--homes', '1.5'], options).whole('homes', 1, 9)).toThrow(/whole number/);
    expect(() => readArguments(['--homes', '10'], options).whole('homes', 1, 9)).toThrow(/from 1 to 9/);
    expect(() => readArguments(['--homes'], options)).toThrow(UsageError);
  });

  it('a wrong command line exits with 2, a fault with 1', async () => {
    const said: string[] = [];
    const run = (main: () => Promise<number>) => runCommand('try --help', main, (text) => said.push(text));
    expect(await run(() => Promise.reject(new UsageError('bad')))).toBe(2);
    expect(await run(() => Promise.reject(new Error('broken')))).toBe(1);
    expect(await run(() => Promise.resolve(0))).toBe(0);
    expect(said).toEqual(['bad\ntry --help\n', 'broken\n']);
  });
});
