import type { Random } from '../../devices-sim/random.ts';

/** JSON as it stands, also what no value of ours would ever be written as. */
export class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** As `JSON.stringify`, with `Raw` parts verbatim. */
export function jsonOf(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${jsonOf(item)}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}

/** Entries of an object, repeats and `__proto__` included, which no object of ours could hold. */
export const objectOf = (entries: readonly (readonly [string, unknown])[]): Raw =>
  new Raw(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${jsonOf(value)}`).join(',')}}`);

const DAY_MS = 86_400_000;
/** 2026-01-01, so that the same seed makes the same bytes on any day. */
const SOME_DAY_MS = 1_767_225_600_000;

const PLAIN: readonly [unknown, ...unknown[]] = [
  null,
  true,
  false,
  '',
  ' ',
  'NaN',
  'null',
  '\ufeff',
  '\u202e\u2066',
  "'; drop table alerts; --",
  '../../etc/passwd',
  '%00%0a%0d',
  '${jndi:ldap://x}',
  '<script>alert(1)</script>',
  '=cmd|calc',
  '💥'.repeat(70),
  -1,
  0,
  -0,
  0.1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 63,
  1e308,
  -1e308,
  5e-324,
  [],
  {},
  [[[[[[]]]]]],
  { $ne: null },
  { toString: 1, constructor: 2, hasOwnProperty: 3 },
  { length: 1e9 },
  new Raw('{"then":"x"}'),
  new Raw('1e400'),
  new Raw('-1e400'),
  new Raw('1e-400'),
  new Raw('NaN'),
  new Raw('-Infinity'),
  new Raw('01'),
  new Raw('0x10'),
  new Raw('123456789012345678901234567890123456789012345678901234567890'),
  new Raw('0.1000000000000000055511151231257827021181583404541015625'),
  new Raw('"\\u0000"'),
  new Raw('"a\\u0000b"'),
  new Raw('"\\ud800"'),
  new Raw('"\\udc00\\ud800"'),
  new Raw('"\u0001"'),
  new Raw("'single'"),
  new Raw('undefined'),
  new Raw('{"__proto__":{"polluted":true}}'),
  new Raw('{"constructor":{"prototype":{"polluted":true}}}'),
  new Raw('{"a":1,"a":2}'),
  new Raw('[1,]'),
  new Raw('"unclosed'),
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk',
  '/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwg',
];
const DATES: readonly [unknown, ...unknown[]] = [
  '9999-12-31T23:59:59.999Z',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '0000-01-01T00:00:00Z',
  '2026-02-30',
  '2026-02-30T25:61:61Z',
  '2026-01-01T00:00:00+99:99',
  '20260101T000000Z',
  '2026-W01-1',
  'yesterday',
  8.64e15,
  8.64e15 + 1,
  -8.64e15,
  -1,
  0,
  1_767_225_600,
  1_767_225_600_000_000,
  4_102_444_800_000,
];
const NAMES: readonly [string, ...string[]] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'length',
  '',
  '\u0000',
  '💥',
  'id',
  'ts',
  'battery',
  'action',
  'k'.repeat(5_000),
];

export const hostileName = (random: Random): string => random.pick(NAMES);

/** A value that has broken somebody's parser, database or arithmetic before. */
export function hostileValue(random: Random): unknown {
  switch (random.int(0, 9)) {
    case 0:
      return random.pick(DATES);
    case 1:
      return SOME_DAY_MS + random.int(-4_000, 4_000) * DAY_MS;
    case 2:
      return nested(random);
    case 3:
      return 'x'.repeat(random.pick([64, 65, 128, 257, 4_097, 12_000]));
    case 4:
      return Array.from({ length: random.pick([1, 2, 4_096, 4_097]) }, () => random.int(-70, 70));
    case 5:
      return Array.from({ length: random.int(1, 12) }, () => String.fromCharCode(random.int(0, 0xffff))).join(
        '',
      );
    default:
      return random.pick(PLAIN);
  }
}

/** Deep enough to end a recursive reader, or just at a bound. */
function nested(random: Random): Raw {
  const depth = random.pick([8, 31, 32, 33, 64, 65, 500, 7_000]);
  return random.chance(0.5)
    ? new Raw(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    : new Raw(`${'{"a":'.repeat(Math.min(depth, 2_500))}1${'}'.repeat(Math.min(depth, 2_500))}`);
}

/** Bytes changed as a bad line or a bad program changes them. */
export function mangle(bytes: Buffer, random: Random): Buffer {
  const at = random.int(0, Math.max(0, bytes.length - 1));
  switch (random.int(0, 7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1: {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.int(0, 7));
      return copy;
    }
    case 2:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.int(0, 255)]), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xc3, 0x28]), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(Math.min(bytes.length, at + random.int(1, 9))),
      ]);
    case 5:
      return Buffer.concat([bytes, bytes]);
    case 6:
      return Buffer.concat([
        Buffer.from(random.pick(['efbbbf', 'fffe', 'ffd8ffe0', '89504e470d0a1a0a', '00']), 'hex'),
        bytes,
      ]);
    default: {
      const copy = Buffer.from(bytes);
      for (let n = random.int(1, 8); n > 0 && copy.length > 0; n--)
        copy[random.int(0, copy.length - 1)] = random.int(0, 255);
      return copy;
    }
  }
}
