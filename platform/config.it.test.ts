import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from './config.ts';

const dir = mkdtempSync(join(tmpdir(), 'yinling-config-'));
const file = (name: string) => join(dir, name);
beforeAll(() => {
  for (const name of ['a', 'b'])
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost -keyout ${name}.key -out ${name}.crt`.split(
        ' ',
      ),
      { stdio: 'ignore', cwd: dir },
    );
});
afterAll(() => rmSync(dir, { recursive: true }));

test('a certificate with its key turns TLS on, on 8883 unless MQTT_TLS_PORT says otherwise', () => {
  const env = { TLS_CERT: file('a.crt'), TLS_KEY: file('a.key'), TLS_CLIENT_CA: file('b.crt') };
  const tls = { certFile: file('a.crt'), keyFile: file('a.key'), clientCaFile: file('b.crt') };
  expect(loadConfig(env)).toMatchObject({ ok: true, config: { mqttTls: { port: 8883, ...tls } } });
  expect(loadConfig({ ...env, MQTT_TLS_PORT: '0' })).toMatchObject({
    ok: true,
    config: { mqttTls: { port: 0, ...tls } },
  });
});

test('a key of another certificate is a problem', () => {
  const result = loadConfig({ TLS_CERT: file('a.crt'), TLS_KEY: file('b.key') });
  expect(result).toMatchObject({ ok: false, problems: [expect.stringMatching(/^TLS_CERT, TLS_KEY: /)] });
});

test('a client CA that is no certificate is a problem', () => {
  const result = loadConfig({
    TLS_CERT: file('a.crt'),
    TLS_KEY: file('a.key'),
    TLS_CLIENT_CA: file('a.key'),
  });
  expect(result).toMatchObject({ ok: false, problems: [expect.stringMatching(/^TLS_CLIENT_CA: /)] });
});
