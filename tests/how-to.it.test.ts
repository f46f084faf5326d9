import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
  'docs/how-to/add-a-channel.md': ['platform/config.ts', 'dispatcher/channels/channels.it.test.ts'],
  'docs/how-to/add-a-report.md': [],
};

describe('how-tos', () => {
  let copy: string;
  let made: string[];
  let touched: string[];
  let db: TestDatabase;
  anewOnRetry(
    async () => {
      db = await testDatabase({ migrated: false });
      copy = mkdtempSync(join(tmpdir(), 'yinling-how-to-'));
      const folders = [
        'alerts',
        'broker',
        'canary',
        'dispatcher',
        'ingest',
        'platform',
        'schemas',
        'service',
      ];
      for (const path of [...folders, 'tests/support', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
        cpSync(join(root, path), join(copy, path), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      made = Object.keys(PAGES).flatMap((page) => follow(page, copy));
      touched = [...made, ...Object.values(PAGES).flat()];
    },
    async () => {
      rmSync(copy, { recursive: true, force: true });
      await db.drop();
    },
  );

  it('add-a-detector, add-a-device-codec, add-a-channel, add-a-report, followed literally one after the other, work', async () => {
    expect(made).toHaveLength(7);
    const tests = touched.filter((file) => file.endsWith('.test.ts'));
    expect(tests).toHaveLength(5);
    const vitest = await run(copy, 'vitest/vitest.mjs', ['run', ...tests], { DATABASE_URL: db.url });
    expect(vitest.out).toMatch(/Test Files.*5 passed/);
    expect(vitest).toMatchObject({ code: 0 });
  });

  it('what is followed has the right types, also where it is registered', async () => {
    // What is run above over HTTP would bring the whole service with it.
    const include = touched.filter((file) => !file.endsWith('.it.test.ts'));
    writeFileSync(
      join(copy, 'tsconfig.page.json'),
      JSON.stringify({ extends: './tsconfig.json', include, exclude: [] }),
    );
    expect(await run(copy, 'typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.page.json'])).toEqual({
      code: 0,
      out: '',
    });
  });

  it('every file that a page of ours names is there, and every command', () => {
    const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.md') && !/(^|\/)(node_modules|dist|\.data|\.git|coverage)\//.test(path),
    );
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/runbook.md', 'console/README.md']));
    const read = (path: string) => readFileSync(join(root, path), 'utf8');
    const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const words: Record<string, readonly string[]> = {
      admin: all(read('admin.ts'), /^ {2}([a-z-]+)/gm),
      bench: all(read('bench/cli.ts'), /^ {2}'?([a-z-]+)'?: benchmark\(/gm),
    };
    const made = Object.keys(PAGES).flatMap((page) => all(read(page), /\bfile=(\S+)/g));
    const wrong = pages.flatMap((page) => {
      const text = read(page);
      const prose = text.replaceAll(/```[\s\S]*?```/g, '');
      const paths = [
        ...all(text, /\]\((?!https?:|mailto:)([^)#]+)/g).map((target) => join(dirname(page), target)),
        ...all(
          prose,
          /`((?:admin|alerts|bench|broker|canary|client|console|devices-sim|dispatcher|docs|ingest|ops|platform|schemas|scripts|service|tests)\/[\w./-]+\.\w+)`/g,
        ).filter((path) => !made.includes(path)),
        ...all(text, /\bnode ((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs))/g),
      ];
      const commands = [...text.matchAll(/npm run ([a-z:]+)(?: -- ([a-z-]+))?/g)];
      return [
        ...paths.filter((path) => !existsSync(join(root, path))),
        ...commands.flatMap(([command, script = '', word]) => {
          const known = words[script];
          const isKnown =
            Object.hasOwn(scripts, script) &&
            (word === undefined || word.startsWith('-') || known === undefined || known.includes(word));
          return isKnown ? [] : [command];
        }),
      ].map((what) => `${page}: ${what}`);
    });
    expect(wrong).toEqual([]);
  });

  it('the client’s package is typed, under both ways to resolve it, for the example of its README', async () => {
    const project = mkdtempSync(join(tmpdir(), 'yinling-client-'));
    try {
      const home = join(project, 'node_modules/@yinling/client');
      mkdirSync(home, { recursive: true });
      cpSync(join(root, 'client/package.json'), join(home, 'package.json'));
      const build = await run(root, 'typescript/bin/tsc', [
        '-p',
        join(root, 'client/tsconfig.json'),
        '--outDir',
        join(home, 'dist'),
      ]);
      expect(build).toEqual({ code: 0, out: '' });
      const [, example = ''] =
        /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'client/README.md'), 'utf8')) ?? [];
      writeFileSync(join(project, 'package.json'), '{"type":"module"}');
      writeFileSync(join(project, 'main.ts'), example);
      // Typed, not merely found: what is not there is refused.
      writeFileSync(
        join(project, 'wrong.ts'),
        "import { YinlingClient } from '@yinling/client';\n// @ts-expect-error there is no such route\nvoid new YinlingClient({ url: '' }).call('GET /nothing', {});\n",
      );
      const options = '--strict --noEmit --skipLibCheck --target es2022';
      for (const resolution of ['--module nodenext', '--module esnext --moduleResolution bundler'])
        expect(
          await run(project, 'typescript/bin/tsc', `${options} ${resolution} main.ts wrong.ts`.split(' ')),
        ).toEqual({ code: 0, out: '' });
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
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
