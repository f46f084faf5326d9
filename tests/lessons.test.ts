import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/lessons.md'), 'utf8');
const rows = [...page.matchAll(/^\| (?!row|---)(.+?) \| .+? \| (.+?) \|$/gm)].map(
  (match): [string, { path: string; phrase: string }[]] => [
    match[1] ?? '',
    [...(match[2] ?? '').matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, path = '', phrase = '']) => ({
      path,
      phrase,
    })),
  ],
);
const namesIn = (path: string): string =>
  existsSync(join(root, path))
    ? [
        ...readFileSync(join(root, path), 'utf8').matchAll(
          /\b(?:it|test|describe)\b[^'"`]{0,200}?(['"`])((?:(?!\1)[\s\S])*)\1/g,
        ),
      ]
        .map((match) => match[2])
        .join('\n')
    : '';

it.each(rows)('%s: by tests of that name', (_row, tests) => {
  expect(tests.length).toBeGreaterThan(0);
  expect(tests.filter(({ path, phrase }) => !namesIn(path).includes(phrase))).toEqual([]);
});

const given = resolve(root, '../shared/design/lessons.md');
if (!existsSync(given)) console.warn('SKIPPED: the list of lessons is not on this machine');
it.runIf(existsSync(given))('every complaint of the list stands on the page', () => {
  const numbers = [...readFileSync(given, 'utf8').matchAll(/#\d+/g)].map(([number]) => number);
  expect(numbers.length).toBeGreaterThan(25);
  expect(numbers.filter((number) => !page.includes(number))).toEqual([]);
});
