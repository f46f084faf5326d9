import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** A wrong command line: told to the user as it is, exit code 2. */
export class UsageError extends Error {}

export const EXIT_USAGE = 2;

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

export interface Arguments {
  positionals: string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** `60s`, `2m`, `1h`, `500ms`, or a number of seconds → ms. */
  durationMs(name: string): number | undefined;
  whole(name: string, least: number, most: number): number | undefined;
  number(name: string, least: number, most: number): number | undefined;
}

/** `options`: every option that there is; `positionals`: how many may stand there. Anything else is a `UsageError`. */
export function readArguments(
  args: readonly string[],
  options: Readonly<Record<string, 'text' | 'flag'>>,
  positionals = 0,
): Arguments {
  const config: ParseArgsOptionsConfig = {};
  for (const [name, kind] of Object.entries(options))
    config[name] = { type: kind === 'flag' ? 'boolean' : 'string' };
  let parsed: { values: Values; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: config, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(
      error instanceof Error ? error.message.replace(/\. To specify.*$/s, '') : String(error),
    );
  }
  const extra = parsed.positionals[positionals];
  if (extra !== undefined) throw new UsageError(`unexpected argument "${extra}"`);
  const text = (name: string): string | undefined => {
    const value = parsed.values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const numeric = (name: string, least: number, most: number, what: string): number | undefined => {
    const given = text(name);
    if (given === undefined) return undefined;
    const value = given.trim() === '' ? NaN : Number(given);
    if (!(value >= least && value <= most))
      throw new UsageError(`--${name} must be ${what} from ${least} to ${most}, not "${given}"`);
    return value;
  };
  return {
    positionals: parsed.positionals,
    flag: (name) => parsed.values[name] === true,
    text,
    durationMs: (name) => {
      const given = text(name);
      if (given === undefined) return undefined;
      const ms = parseDuration(given);
      if (ms === undefined)
        throw new UsageError(`--${name} must be a time such as 60s, 2m or 500ms, not "${given}"`);
      return ms;
    },
    whole: (name, least, most) => {
      const value = numeric(name, least, most, 'a whole number');
      if (value !== undefined && !Number.isInteger(value))
        throw new UsageError(`--${name} must be a whole number, not "${value}"`);
      return value;
    },
    number: (name, least, most) => numeric(name, least, most, 'a number'),
  };
}

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, '': 1_000 };

/** ms, more than 0; undefined if the text is no such time. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text.trim());
  const ms = Number(match?.[1]) * (UNITS_MS[match?.[2] ?? ''] ?? NaN);
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

/** Runs a command line to its end: prints a usage error with a hint, returns the exit code. */
export async function runCommand(
  hint: string,
  main: () => Promise<number>,
  complain: (text: string) => void,
): Promise<number> {
  try {
    return await main();
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${error.message}\n${hint}\n`);
      return EXIT_USAGE;
    }
    complain(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
