import type { Arguments } from '../devices-sim/options.ts';
import type { Report } from './machine.ts';

/** An option of the command line and what it gives; undefined: it is absent. */
interface Option<V> {
  readonly flag: string;
  read(args: Arguments): V | undefined;
}

/** Bounds are inclusive. */
export const whole = (flag: string, least: number, most: number): Option<number> => ({
  flag,
  read: (args) => args.whole(flag, least, most),
});
export const number = (flag: string, least: number, most: number): Option<number> => ({
  flag,
  read: (args) => args.number(flag, least, most),
});
/** `20s`; ms. */
export const duration = (flag: string): Option<number> => ({ flag, read: (args) => args.durationMs(flag) });
/** A number a second, or as many as can be. */
export const rateOrMax = (flag: string): Option<number | 'max'> => ({
  flag,
  read: (args) => (args.text(flag) === 'max' ? 'max' : args.number(flag, 1, 1_000_000)),
});

export interface Benchmark {
  readonly flags: readonly string[];
  run(args: Arguments): Promise<Report>;
}

/** A benchmark by its settings: each its default, unless the option that is named for it says otherwise. */
export function benchmark<Settings extends object>(
  measure: (settings: Settings, say: (line: string) => void) => Report | Promise<Report>,
  defaults: Settings,
  options: { readonly [Name in keyof Settings]?: Option<Settings[Name]> },
): Benchmark {
  const named = Object.entries(options) as [string, Option<unknown>][];
  return {
    flags: named.map(([, { flag }]) => flag),
    async run(args) {
      const given = named.flatMap(([name, option]) => {
        const value = option.read(args);
        return value === undefined ? [] : [[name, value] as const];
      });
      const settings: Settings = { ...defaults, ...Object.fromEntries(given) };
      return measure(settings, (line) => void process.stderr.write(`${line}\n`));
    },
  };
}
