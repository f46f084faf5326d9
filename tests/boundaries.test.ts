import { readdirSync, readFileSync } from 'node:fs';
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

  it('notices a forbidden import, a clock and a driver', () => {
    expect(importsOf('tests/boundaries.test.ts')).toEqual([]);
    expect(IMPURE.test('const at = Date.now();')).toBe(true);
    expect(IMPURE.test("import { Pool } from 'pg';")).toBe(true);
  });
});
