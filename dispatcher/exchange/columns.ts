/**
 * What a column of a file is of a body: how it is read, and how it is written, so that what was exported can be
 * imported. Pure.
 */
export interface Column {
  name: string;
  /** Other names under which it is found, Chinese first. */
  also: readonly string[];
  /** Path in the body, as problems name it. */
  path: string;
  /** A string is what is wrong with the text. */
  read(text: string): { value: unknown } | string;
  /** Undefined and null: an empty cell. */
  write(value: unknown): string | number | null;
  /** `read`: another way to say it, never exported. `written`: what we reckon; in a file it is passed over. */
  only?: 'read' | 'written';
}

type Words = Readonly<Record<string, string>>;
interface More {
  also?: string;
  path?: string;
  words?: Words;
}

const column = (
  name: string,
  { also, path }: More,
  read: Column['read'],
  write: Column['write'] = plain,
): Column => ({ name, also: also?.split('|') ?? [], path: path ?? name, read, write });

function plain(value: unknown): string | number | null {
  return typeof value === 'number' || typeof value === 'string' ? value : null;
}

/** `words`: what people write instead, as 女 for female. */
export const text = (name: string, more: More = {}): Column =>
  column(name, more, (given) => ({ value: more.words?.[given.trim()] ?? given.trim() }));

export const number = (name: string, more: More = {}): Column =>
  column(name, more, (given) => {
    const value = Number(given.trim());
    return Number.isFinite(value) ? { value } : `"${given}" is no number`;
  });

/** Yuan, to the fen; only read. */
export const yuan = (name: string, more: More = {}): Column => ({
  ...column(name, more, (given) => {
    const found = /^[¥￥]?\s*(\d{1,9})(?:\.(\d{1,2}))?$/.exec(given.trim());
    if (found === null) return `"${given}" is no amount in yuan, as 100 or 99.50`;
    return { value: Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0')) };
  }),
  only: 'read',
});

/** Separated by semicolons or the Chinese enumeration comma. */
export const list = (name: string, more: More = {}): Column =>
  column(
    name,
    more,
    (given) => ({
      value: given
        .split(/[;；、]/)
        .map((item) => item.trim())
        .filter((item) => item !== '')
        .map((item) => more.words?.[item] ?? item),
    }),
    (value) => (Array.isArray(value) && value.length > 0 ? value.join(';') : null),
  );

export const numbers = (name: string, more: More = {}): Column => {
  const items = list(name, more);
  return {
    ...items,
    read(given) {
      const found = items.read(given);
      if (typeof found === 'string') return found;
      const values = (found.value as string[]).map(Number);
      return values.every(Number.isFinite) ? { value: values } : `"${given}" are no numbers`;
    },
  };
};

const YES = ['true', 'yes', '1', '是', '有'];
const NO = ['false', 'no', '0', '否', '无'];
export const flag = (name: string, more: More = {}): Column =>
  column(
    name,
    more,
    (given) => {
      const word = given.trim().toLowerCase();
      if (YES.includes(word)) return { value: true };
      return NO.includes(word) ? { value: false } : `"${given}" is neither yes nor no`;
    },
    (value) => (value === true ? 'true' : value === false ? 'false' : null),
  );

/** What has a shape of its own. */
export const json = (name: string, more: More = {}): Column =>
  column(
    name,
    more,
    (given) => {
      try {
        return { value: JSON.parse(given) as unknown };
      } catch {
        return 'is not JSON';
      }
    },
    (value) => {
      const empty = value == null || (typeof value === 'object' && Object.keys(value).length === 0);
      return empty ? null : JSON.stringify(value);
    },
  );

/** Puts the value at its path, making what is on the way; `contacts.1.phone` makes a list. */
export function put(target: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split('.');
  let here: Record<string, unknown> | unknown[] = target;
  for (const [i, step] of steps.entries()) {
    if (i === steps.length - 1) return void Reflect.set(here, step, value);
    const next: unknown = Reflect.get(here, step) ?? (/^\d+$/.test(steps[i + 1] ?? '') ? [] : {});
    if (Array.isArray(here)) for (let gap = here.length; gap < Number(step); gap++) here[gap] = {};
    Reflect.set(here, step, next);
    here = next as Record<string, unknown> | unknown[];
  }
}

/** Takes away what stands at its path; one of a list leaves an empty place. */
export function take(target: Record<string, unknown>, path: string): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.length === 0 ? target : valueAt(target, steps.join('.'));
  if (typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, last);
}

export const valueAt = (source: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (here, step) => (typeof here === 'object' && here !== null ? Reflect.get(here, step) : undefined),
      source,
    );

/** The column that a problem at this path of the body is about. */
export function columnOf(columns: readonly Column[], path: string): Column | undefined {
  const fitting = columns.filter((item) => path === item.path || path.startsWith(`${item.path}.`));
  fitting.sort((a, b) => b.path.length - a.path.length);
  return fitting[0] ?? columns.find((item) => item.path.startsWith(`${path}.`));
}
