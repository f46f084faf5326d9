import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Which of our folders a folder may import (docs/ARCHITECTURE.md, *Folders*). Tests may import anything. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  schemas: [],
  platform: ['schemas'],
  alerts: ['schemas', 'platform'],
  broker: ['schemas', 'platform'],
  ingest: ['schemas', 'platform', 'alerts'],
  dispatcher: ['schemas', 'platform', 'alerts'],
  'devices-sim': ['schemas', 'platform'],
  console: ['schemas'],
  canary: ['schemas', 'platform'],
  client: [],
  admin: ['schemas', 'platform'],
};

/** Where deciding lives: no clock, no chance, no I/O, no drivers. */
const PURE = [
  /^schemas\//,
  /^alerts\/(decide|evolve)/,
  /^ingest\/(detectors|event-time|codecs|geo)\//,
  /^ingest\/(decode|home-fold)/,
  /^dispatcher\/(lifecycle|escalation|assignment)\//,
];
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bset(Timeout|Interval|Immediate)\(|\bprocess\.|\bperformance\.|from 'node:|from '(pg|ioredis|bullmq|mqtt|aedes|fastify|pino)'/;

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|\/)(node_modules|dist|testing)\//.test(path));

const importsOf = (path: string): string[] =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(root, resolve(root, path, '..', match[1] ?? '')),
  );

describe('import rules', () => {
  it.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (folder) => {
    const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
    const offences = sources(folder).flatMap((path) =>
      importsOf(path)
        .filter((target) => !allowed.includes(target.split('/')[0] ?? ''))
        .map((target) => `${path} imports ${target}`),
    );
    expect(offences).toEqual([]);
  });

  it('deciding is pure: no clock, chance, I/O or driver where the architecture says so', () => {
    const offences = Object.keys(MAY_IMPORT)
      .flatMap(sources)
      .filter((path) => PURE.some((rule) => rule.test(path)))
      .flatMap((path) =>
        readFileSync(join(root, path), 'utf8')
          .split('\n')
          .flatMap((line, index) =>
            IMPURE.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line)
              ? [`${path}:${index + 1} ${line.trim()}`]
              : [],
          ),
      );
    expect(offences).toEqual([]);
  });

  it('docs/ARCHITECTURE.md names every folder, and none that is not there', () => {
    const text = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
    const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
    const foldersIn = (path: string): string[] =>
      readdirSync(join(root, path), { withFileTypes: true })
        .filter(
          (entry) => entry.isDirectory() && entry.name !== '.git' && !ignored.includes(`${entry.name}/`),
        )
        .map((entry) => entry.name)
        .sort();
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    const named = (cell = ''): string[] => [...cell.matchAll(/`([\w.-]+)\/`/g)].map(([, name = '']) => name);
    const tops = rows.flatMap((row) => named(row.split('|')[1]));
    // An editor's own hidden folder is its own business.
    expect([...new Set(tops)].sort()).toEqual(
      foldersIn('').filter((name) => !name.startsWith('.') || name === '.ci'),
    );
    // Inside the folders that people work in, one level down.
    for (const folder of ['platform', 'broker', 'ingest', 'dispatcher']) {
      const listed = rows
        .filter((row) => named(row.split('|')[1]).includes(folder))
        .flatMap((row) => named(row.split('|')[2]));
      const quiet = ['testing', '__snapshots__'];
      expect([...new Set(listed)].sort(), folder).toEqual(
        foldersIn(folder).filter((name) => !quiet.includes(name)),
      );
    }
    const paths = [...text.matchAll(/`((?:[a-z-]+\/)+[\w.-]+\.(?:ts|json|md))`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('notices a forbidden import, a clock and a driver', () => {
    expect(importsOf('tests/boundaries.test.ts')).toEqual([]);
    expect(IMPURE.test('const at = Date.now();')).toBe(true);
    expect(IMPURE.test("import { Pool } from 'pg';")).toBe(true);
  });
});
