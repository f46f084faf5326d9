import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../platform/config.ts';
import { LOCAL_COMMANDS } from '../admin/local-commands.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface ComposeService {
  image: string;
  build?: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  mem_limit?: string;
  read_only?: boolean;
  cap_drop?: string[];
  profiles?: string[];
  user?: string;
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const dockerfile = read('Dockerfile');

/** Variables that docker compose fills in, as it does when nobody has set them. */
const defaulted = (text: string): string => text.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');

/** Everything that a file of ours needs of ours, by its imports. */
function closure(entry: string): Set<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, target = ''] of read(path).matchAll(
      /^(?:import|export|const .* = await import)[^;]*?'(\.[^']+\.ts)'/gm,
    ))
      visit(relative(root, resolve(root, path, '..', target)));
  };
  visit(entry);
  return found;
}

describe('docker-compose.yml and Dockerfile', () => {
  it('every image is pinned, limited and watched, and every profile is explained', () => {
    for (const [name, service] of services) {
      expect(service.image, name).toMatch(/:v?\d+\.\d+/);
      expect(service.mem_limit, name).toBeDefined();
      if (service.build === undefined) expect(service.healthcheck?.test, name).toBeDefined();
      for (const profile of service.profiles ?? [])
        if (profile !== 'admin') expect(read('docker-compose.yml')).toContain(`--profile ${profile} `);
    }
    expect(dockerfile).toContain('HEALTHCHECK');
    expect(dockerfile).toContain("'/readyz'");
  });

  it('what is ours runs as nobody, read-only, without capabilities', () => {
    expect(dockerfile).toContain('\nUSER node\n');
    for (const [name, service] of ours) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('secrets come from files, and none stands in the file itself', () => {
    const given = Object.keys(compose.secrets);
    for (const [name, service] of services)
      for (const secret of service.secrets ?? []) expect(given, name).toContain(secret);
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//);
    expect(read('.gitignore')).toContain('secrets');
    expect(read('.dockerignore')).toContain('secrets');
    for (const [name, { environment = {} }] of services)
      for (const [key, value] of Object.entries(environment))
        if (/PASSWORD|KEY|SECRET|TOKEN/.test(key))
          expect(value, `${name} ${key}`).toMatch(/^\/run\/secrets\//);
  });

  it('the environment of each of our processes is a legal one, with the roles between them covering all', () => {
    const roles = new Set<string>();
    for (const [name, { environment = {} }] of ours) {
      const variables = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, defaulted(value)]),
      );
      const loaded = loadConfig(
        { ...variables, DATABASE_URL: 'postgres://yinling:x@database:5432/yinling', DATA_DIR: root },
        () => Buffer.from(Buffer.alloc(32).toString('base64')),
      );
      expect(loaded, name).toMatchObject({ ok: true });
      if (loaded.ok && name !== 'dispatcher-admin') for (const role of loaded.config.roles) roles.add(role);
      // A process without a probe is thought well for ever.
      if (loaded.ok) expect(loaded.config.httpPort, name).toBe(8080);
    }
    expect([...roles].sort()).toEqual(['broker', 'dispatcher', 'ingest']);
  });

  it('every program, folder and port that is named is there', () => {
    for (const [, { command = [], entrypoint = [] }] of ours)
      for (const [, program = ''] of [...command, ...entrypoint].join(' ').matchAll(/exec node (\S+)/g))
        expect(existsSync(join(root, program)), program).toBe(true);
    for (const [name, { volumes = [] }] of services)
      for (const volume of volumes) {
        const [from = ''] = volume.split(':');
        if (from.startsWith('./ops')) expect(existsSync(join(root, from)), `${name} ${from}`).toBe(true);
        else if (!from.startsWith('.')) expect(Object.keys(compose.volumes), name).toContain(from);
      }
    for (const [, from = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm))
      for (const path of from.split(' ')) expect(existsSync(join(root, path)), path).toBe(true);
    const [command = 'none'] = compose.services['dispatcher-admin']?.command ?? [];
    expect(Object.keys(LOCAL_COMMANDS)).toContain(command);
    const targets = [...read('ops/prometheus/prometheus.yml').matchAll(/'([a-z]+):(\d+)'/g)];
    expect(targets.map(([, host, port]) => `${host}:${port}`)).toEqual(['ingest:8080', 'dispatcher:8080']);
    for (const [, host = ''] of targets) expect(Object.keys(compose.services)).toContain(host);
  });

  it('the image holds everything that the service and its administration import', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
      from.split(' '),
    );
    const needed = new Set(
      ['main.ts', 'admin.ts'].flatMap((entry) => [...closure(entry)]).map((path) => path.split('/')[0] ?? ''),
    );
    expect(needed.size).toBeGreaterThan(8);
    expect([...needed].filter((part) => !copied.includes(part))).toEqual([]);
  });
});

describe('ops/systemd', () => {
  const unit = (file: string): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const [, key = '', value = ''] of read(`ops/systemd/${file}`).matchAll(/^([A-Za-z]+)=(.*)$/gm))
      found.set(key, [...(found.get(key) ?? []), value]);
    return found;
  };

  it('the service drains before it is killed, is restarted, and may touch its own folder only', () => {
    const service = unit('yinling.service');
    expect(service.get('KillMode')).toEqual(['mixed']);
    expect(Number(service.get('TimeoutStopSec')?.[0])).toBeGreaterThan(40);
    expect(service.get('Restart')).toEqual(['always']);
    expect(service.get('ProtectSystem')).toEqual(['strict']);
    expect(service.get('NoNewPrivileges')).toEqual(['yes']);
    expect(Number(service.get('LimitNOFILE')?.[0])).toBeGreaterThanOrEqual(65_536);
    expect(service.get('User')).not.toContain('root');
  });

  it('units run programs that are there, with commands that exist', () => {
    for (const file of readdirSync(join(root, 'ops/systemd')).filter((name) => name.endsWith('.service'))) {
      const text = read(`ops/systemd/${file}`);
      for (const [, program = '', command = ''] of text.matchAll(
        /node_modules\/\.bin\/node (\S+\.ts) ?([a-z]*)/g,
      )) {
        expect(existsSync(join(root, program)), program).toBe(true);
        if (program === 'admin.ts') expect(Object.keys(LOCAL_COMMANDS)).toContain(command);
      }
      for (const [, page = ''] of text.matchAll(/\/opt\/yinling\/(docs\/\S+)/g))
        expect(existsSync(join(root, page)), page).toBe(true);
    }
    expect(existsSync(join(root, 'node_modules/.bin/node'))).toBe(true);
    expect(existsSync(join(root, 'ops/systemd/yinling-backup.service'))).toBe(true);
  });

  it('the example of the environment is a legal one, and names nothing that nobody reads', () => {
    const variables = Object.fromEntries(
      [...read('ops/systemd/yinling.env').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, key = '', value = '']) => [
        key,
        value,
      ]),
    );
    expect(loadConfig({ ...variables, DATA_DIR: root })).toMatchObject({ ok: true });
    const config = read('platform/config.ts');
    for (const name of Object.keys(variables)) expect(config, name).toContain(`'${name}'`);
  });
});
