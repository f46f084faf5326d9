import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/invariants.md'), 'utf8');

/** Files named by each invariant of the page. */
const named = new Map(
  [...page.matchAll(/^- \*\*(I\d+)\*\* ([\s\S]*?)(?=^- \*\*|^## )/gm)].map((match) => [
    match[1] ?? '',
    [...(match[2] ?? '').matchAll(/`([^`]+\.test\.ts)`/g)].map((file) => file[1] ?? ''),
  ]),
);
const namesOfTests = (path: string): string =>
  [
    ...readFileSync(join(root, path), 'utf8').matchAll(
      /\b(?:it|test|describe)\b[^'"`]{0,60}(['"`])([\s\S]*?)\1/g,
    ),
  ]
    .map((match) => match[2])
    .join('\n');
const mentions = (path: string, id: string): boolean => new RegExp(`\\b${id}\\b`).test(namesOfTests(path));

it('the page names fourteen invariants, each with its tests', () => {
  expect([...named.keys()]).toEqual(Array.from({ length: 14 }, (_, i) => `I${i + 1}`));
});

it.each([...named])('%s is in the name of a test in each file that is said to prove it', (id, files) => {
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(join(root, file)) || !mentions(file, id))).toEqual([]);
});

it('no test claims an invariant that the page does not know', () => {
  const tests = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && entry.name.endsWith('.test.ts') && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  const strange = tests.flatMap((path) =>
    [...namesOfTests(path).matchAll(/\bI(\d+)\b/g)]
      .filter((match) => !named.has(`I${match[1]}`))
      .map((match) => `${path}: I${match[1]}`),
  );
  expect(strange).toEqual([]);
});
