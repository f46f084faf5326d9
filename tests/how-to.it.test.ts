import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anewOnRetry } from './support/anew.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';

const root = resolve(import.meta.dirname, '..');

/** Does what a page says, in a copy of the folders it speaks of. Gives the files that it makes. */
function follow(page: string, copy: string): string[] {
  const made: string[] = [];
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, indent = '', attributes = '', body = ''] of text.matchAll(
    /^( *)```ts (\S.*)\n([\s\S]*?)^ *```$/gm,
  )) {
    const named = Object.fromEntries(
      [...attributes.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, key = '', quoted, bare]) => [
        key,
        quoted ?? bare ?? '',
      ]),
    );
    const code = body
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n');
    const edit = (path: string, from: string, to: string): void => {
      const before = readFileSync(join(copy, path), 'utf8');
      expect(before, `${page}: ${path}`).toContain(from);
      writeFileSync(join(copy, path), before.replace(from, to));
    };
    const { file, line, before = '', replace, from = '', to = '' } = named;
    if (file !== undefined) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), code);
      made.push(file);
    }
    if (line !== undefined) edit(line, before, `${code.trimEnd()}\n${before}`);
    if (replace !== undefined) edit(replace, from, to);
  }
  return made;
}

const run = (copy: string, program: string, words: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ code: unknown; out: string }>((done) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules', program), ...words],
      { cwd: copy, env: { ...process.env, ...env } },
      (error, out, err) => done({ code: error ? error.code : 0, out: out + err }),
    );
  });

/** The pages that are followed, and what they add to that is there already. */
const PAGES = {
  'docs/how-to/add-a-detector.md': ['ingest/detectors/registry.ts'],
  'docs/how-to/add-a-device-codec.md': ['ingest/codecs/registry.ts', 'ingest/codecs/declared.test.ts'],
  'docs/how-to/add-a-channel.md': ['service/dispatching.ts', 'dispatcher/channels/channels.it.test.ts'],
  'docs/how-to/add-a-report.md': ['dispatcher/http/routes/reports.ts'],
};

describe('how-tos', () => {
  let copy: string;
  let db: TestDatabase;
  anewOnRetry(
    async () => {
      db = await testDatabase({ migrated: false });
      copy = mkdtempSync(join(tmpdir(), 'yinling-how-to-'));
    },
    async () => {
      rmSync(copy, { recursive: true, force: true });
      await db.drop();
    },
  );

  it('add-a-detector, add-a-device-codec, add-a-channel, add-a-report, followed literally one after the other, work', async () => {
    const folders = ['alerts', 'broker', 'canary', 'dispatcher', 'ingest', 'platform', 'schemas', 'service'];
    for (const path of [...folders, 'tests/support', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
      cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const made = Object.keys(PAGES).flatMap((page) => follow(page, copy));
    expect(made).toHaveLength(7);
    const touched = [...made, ...Object.values(PAGES).flat()];
    const tests = touched.filter((file) => file.endsWith('.test.ts'));
    expect(tests).toHaveLength(5);
    const vitest = await run(copy, 'vitest/vitest.mjs', ['run', ...tests], { DATABASE_URL: db.url });
    expect(vitest.out).toMatch(/Test Files.*5 passed/);
    expect(vitest).toMatchObject({ code: 0 });
    writeFileSync(
      join(copy, 'tsconfig.page.json'),
      JSON.stringify({ extends: './tsconfig.json', include: touched, exclude: [] }),
    );
    expect(await run(copy, 'typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.page.json'])).toEqual({
      code: 0,
      out: '',
    });
  });

  it('every file that a how-to or another page of ours names is there', () => {
    const missing: string[] = [];
    for (const page of [
      'CONTRIBUTING.md',
      'SECURITY.md',
      'CODE_OF_CONDUCT.md',
      'CHANGELOG.md',
      'README.md',
      'README.zh-CN.md',
      'docs/upgrade.md',
      'docs/runbook.md',
      'docs/security-and-privacy.md',
      'docs/how-to/add-a-channel.md',
      'docs/how-to/add-a-report.md',
      'docs/how-to/add-a-detector.md',
      'docs/how-to/add-a-device-codec.md',
      'docs/how-to/declare-a-codec.md',
      'docs/how-to/connect-another-system.md',
      'docs/release.md',
      'client/README.md',
    ]) {
      const text = readFileSync(join(root, page), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) =>
        join(dirname(page), target),
      );
      const paths = [
        ...text
          .replaceAll(/```[\s\S]*?```/g, '')
          .matchAll(
            /`((?:alerts|broker|canary|client|dispatcher|ingest|platform|ops|service|tests|docs|schemas)\/[\w./-]+\.\w+)`/g,
          ),
      ]
        .map(([, path = '']) => path)
        .filter((path) => !/acme|night-door|file-channel|languages/.test(path));
      for (const path of [...links, ...paths])
        try {
          readFileSync(join(root, path));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EISDIR') missing.push(`${page}: ${path}`);
        }
    }
    expect(missing).toEqual([]);
  });

  it('README.zh-CN.md keeps true to README.md: the same commands, variables, pictures and pages', () => {
    const facts = (page: string) => {
      const text = readFileSync(join(root, page), 'utf8');
      const all = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
      return {
        code: all(/```sh\n([\s\S]*?)```/g).map((block) => block.replaceAll(/ +#.*/g, '')),
        variables: [...new Set(all(/`([A-Z][A-Z_]{3,})`/g))].sort(),
        links: [...new Set(all(/\]\(([^)]+)\)/g))].filter((link) => !link.startsWith('README')).sort(),
      };
    };
    const english = facts('README.md');
    expect(english.variables.length).toBeGreaterThan(15);
    expect(facts('README.zh-CN.md')).toEqual(english);
  });
});
