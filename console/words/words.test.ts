import { describe, expect, it } from 'vitest';
import { namesEn } from './names-en.ts';
import { namesZh } from './names-zh.ts';
import { officeEn } from './office-en.ts';
import { officeZh } from './office-zh.ts';
import { h5En } from './h5-en.ts';
import { h5Zh } from './h5-zh.ts';
import { operatorEn } from './operator-en.ts';
import { operatorZh } from './operator-zh.ts';
import { supervisorEn } from './supervisor-en.ts';
import { supervisorZh } from './supervisor-zh.ts';

/** Tables of codes may know a word in one language that is its own name in the other. */
const OPEN_TABLES = ['one', 'mark', 'evidenceKind', 'condition', 'language', 'relation', 'zone', 'skill'];

function keysOf(tree: object, path = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) => {
    if (OPEN_TABLES.includes(key)) return [`${path}${key}`];
    return typeof value === 'object' && value !== null
      ? keysOf(value, `${path}${key}.`)
      : [`${path}${key}:${typeof value}`];
  });
}

describe('the dictionaries', () => {
  it.each([
    ['names', namesZh, namesEn],
    ['operator', operatorZh, operatorEn],
    ['office', officeZh, officeEn],
    ['supervisor', supervisorZh, supervisorEn],
    ['h5', h5Zh, h5En],
  ])('%s: both languages have the same words', (_, zh, en) => {
    expect(keysOf(en).sort()).toEqual(keysOf(zh).sort());
  });

  it('share no name between them, as they are merged', () => {
    expect(Object.keys(namesZh).filter((key) => Object.hasOwn(operatorZh, key))).toEqual([]);
  });

  it('leave no English word untranslated by accident', () => {
    const han = /[一-鿿]/;
    const texts = (tree: object): string[] =>
      Object.values(tree).flatMap((v: unknown) =>
        typeof v === 'string' ? [v] : typeof v === 'object' && v !== null ? texts(v) : [],
      );
    expect(
      [namesEn, operatorEn, officeEn, supervisorEn, h5En].flatMap(texts).filter((t) => han.test(t)),
    ).toEqual(['中文']);
  });
});
