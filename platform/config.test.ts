import { describe, expect, test } from 'vitest';
import { type Config, type Environment, loadConfig } from './config.ts';

const noFiles = (path: string): Buffer => {
  throw Object.assign(new Error(`no such file ${path}`), { code: 'ENOENT' });
};
const files = (contents: Record<string, string>) => (path: string) => {
  const text = contents[path];
  return text === undefined ? noFiles(path) : Buffer.from(text);
};

function good(env: Environment, readFile = noFiles): Config {
  const result = loadConfig(env, readFile);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}
function problems(env: Environment, readFile = noFiles): string[] {
  const result = loadConfig(env, readFile);
  return result.ok ? [] : result.problems;
}
/** The variables that the problems name. */
const named = (env: Environment, readFile = noFiles): string[] =>
  problems(env, readFile).flatMap((problem) => problem.slice(0, problem.indexOf(':')).split(', '));

describe('defaults', () => {
  test('an empty environment is the embedded default, all roles, on this machine only', () => {
    expect(good({})).toEqual({
      roles: ['broker', 'ingest', 'dispatcher'],
      host: '127.0.0.1',
      peerHost: '127.0.0.1',
      peerPort: 0,
      mqttPort: 1883,
      mqttTls: undefined,
      mqttWsPort: undefined,
      mqttLimits: {
        messagesPerSecond: undefined,
        inFlight: undefined,
        topics: undefined,
        subscriptions: undefined,
        connectionsPerCredential: undefined,
        connectionsPerAddress: undefined,
      },
      httpPort: 8080,
      httpsPort: undefined,
      trustProxy: [],
      oidc: undefined,
      consentRequired: false,
      retention: expect.objectContaining({ readings: undefined, 'dead-letters': 90 }),
      dataDir: `${process.cwd()}/.data`,
      logLevel: 'info',
      timeZone: 'Asia/Shanghai',
      adminPassword: undefined,
      dataKeyFile: undefined,
      databaseUrl: undefined,
      redisUrl: undefined,
      mqttUrl: undefined,
      webhook: undefined,
      homeAssistant: undefined,
      canary: false,
      canaryMqttUrl: undefined,
      canaryPingUrl: undefined,
      otlpEndpoint: undefined,
      consoleDir: undefined,
      mapTiles: undefined,
      anchorDir: undefined,
      travelTimes: undefined,
      warnings: [],
    });
  });

  test('a process without the dispatcher serves HTTP only where it is told to', () => {
    const apart = { ROLES: 'broker,ingest', DATABASE_URL: 'postgres://h/d' };
    expect(good(apart).httpPort).toBeUndefined();
    expect(good({ ...apart, HTTP_PORT: '9090' }).httpPort).toBe(9090);
    expect(good({ ...apart, MQTT_PORT: '8080' }).mqttPort).toBe(8080);
  });

  test('a DATA_DIR that is no folder, or lies under none, is told', () => {
    for (const DATA_DIR of [import.meta.filename, `${import.meta.filename}/below/it`])
      expect(loadConfig({ DATA_DIR })).toMatchObject({
        ok: false,
        problems: [expect.stringMatching(/^DATA_DIR: must be a folder/)],
      });
  });

  test('other processes tell this one straight on HOST, unless PEER_HOST says otherwise', () => {
    expect(good({})).toMatchObject({ peerHost: '127.0.0.1', peerPort: 0 });
    expect(good({ HOST: '0.0.0.0' })).toMatchObject({ peerHost: '0.0.0.0' });
    expect(good({ HOST: '127.0.0.1', PEER_HOST: '10.0.0.5', PEER_PORT: '7700' })).toMatchObject({
      peerHost: '10.0.0.5',
      peerPort: 7700,
    });
  });

  test('an empty string counts as absent', () => {
    const names = [
      'ROLES',
      'HOST',
      'MQTT_PORT',
      'MQTT_TLS_PORT',
      'MQTT_WS_PORT',
      'HTTP_PORT',
      'TLS_CERT',
      'TLS_KEY',
    ];
    names.push('TLS_CLIENT_CA', 'DATA_DIR', 'LOG_LEVEL', 'TZ', 'ADMIN_PASSWORD', 'DATA_KEY_FILE');
    names.push('DATABASE_URL', 'REDIS_URL', 'MQTT_URL');
    expect(good(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(good({}));
  });
});

describe('values', () => {
  test('port 0 asks for a free port and clashes with nothing', () => {
    const config = good({ MQTT_PORT: '0', HTTP_PORT: '0', MQTT_WS_PORT: '0' });
    expect([config.mqttPort, config.httpPort, config.mqttWsPort]).toEqual([0, 0, 0]);
  });

  test.each(['-1', '65536', '1e3', '0x50', '80.5', ' 80', 'http', '999999'])('%j is no port', (text) => {
    expect(named({ HTTP_PORT: text })).toEqual(['HTTP_PORT']);
  });

  test('two listeners on one port are a problem that names both', () => {
    expect(named({ MQTT_PORT: '9000', HTTP_PORT: '9000' })).toEqual(['MQTT_PORT', 'HTTP_PORT']);
  });

  test.each(['Mars/Olympus', '+08:00', '8'])('%j is no time zone', (text) => {
    expect(named({ TZ: text })).toEqual(['TZ']);
  });
  test.each(['UTC', 'Asia/Shanghai', 'Asia/Chongqing', 'America/Argentina/Buenos_Aires'])(
    '%s is a time zone',
    (text) => {
      expect(good({ TZ: text }).timeZone).toBe(text);
    },
  );

  test.each([
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', 'localhost:5432'],
    ['REDIS_URL', 'http://localhost'],
    ['MQTT_URL', 'localhost:1883'],
    ['MQTT_URL', 'mqtt://'],
    ['MQTT_URL', 'mqtt://b?share=a/b'],
    ['MQTT_URL', 'mqtt://b?share='],
    ['ROLES', 'broker,clown'],
    ['ROLES', 'broker,,ingest'],
    ['HOST', 'a b'],
    ['PEER_HOST', 'a b'],
    ['PEER_PORT', '70000'],
  ])('%s=%s is a problem', (name, text) => {
    expect(named({ [name]: text })).toEqual([name]);
  });

  test.each([
    ['DATABASE_URL', 'postgres://u:p@db:5432/x', 'databaseUrl'],
    ['DATABASE_URL', 'postgresql:///x?host=/run/postgresql', 'databaseUrl'],
    ['REDIS_URL', 'rediss://:p@r:6379/0', 'redisUrl'],
    ['MQTT_URL', 'mqtts://u:p@broker:8883', 'mqttUrl'],
    ['MQTT_URL', 'wss://broker/mqtt', 'mqttUrl'],
  ] as const)('%s=%s is taken', (name, text, field) => {
    expect(good({ [name]: text })[field]).toBe(text);
  });

  test('all problems come at once, each naming its variable', () => {
    const bad = {
      MQTT_PORT: 'x',
      HTTP_PORT: '70000',
      LOG_LEVEL: 'x',
      TZ: 'x/y',
      DATABASE_URL: 'x',
      REDIS_URL: 'x',
      MQTT_URL: 'x',
    };
    expect(named(bad).toSorted()).toEqual(Object.keys(bad).toSorted());
  });

  test('no problem repeats a value, for it may be a secret', () => {
    const secret = 'hunter2-hunter2';
    const names = [
      'ROLES',
      'MQTT_PORT',
      'HTTP_PORT',
      'LOG_LEVEL',
      'TZ',
      'DATABASE_URL',
      'REDIS_URL',
      'MQTT_URL',
      'DATA_KEY_FILE',
    ];
    const all = problems(Object.fromEntries(names.map((name) => [name, `x:${secret}@y`])));
    expect(all.length).toBe(names.length);
    expect(all.join('\n')).not.toContain(secret);
  });
});

describe('files', () => {
  test('DATA_KEY_FILE must be readable and hold 32 bytes', () => {
    expect(named({ DATA_KEY_FILE: '/k' })).toEqual(['DATA_KEY_FILE']);
    expect(named({ DATA_KEY_FILE: '/k' }, files({ '/k': 'short' }))).toEqual(['DATA_KEY_FILE']);
    expect(good({ DATA_KEY_FILE: '/k' }, files({ '/k': `${'ab'.repeat(32)}\n` })).dataKeyFile).toBe('/k');
  });

  test('MQTT_TLS_PORT needs TLS_CERT and TLS_KEY', () => {
    expect(named({ MQTT_TLS_PORT: '8883' })).toEqual(['TLS_CERT', 'TLS_KEY']);
    expect(problems({ MQTT_TLS_PORT: '8883' }).join()).toContain('MQTT_TLS_PORT');
  });

  test('TLS_CERT and TLS_KEY need each other, must be readable and must belong together', () => {
    expect(named({ TLS_CERT: '/c' }, files({ '/c': 'x' }))).toEqual(['TLS_KEY']);
    expect(named({ TLS_CERT: '/c', TLS_KEY: '/k', TLS_CLIENT_CA: '/a' })).toEqual([
      'TLS_CERT',
      'TLS_KEY',
      'TLS_CLIENT_CA',
    ]);
    expect(named({ TLS_CERT: '/c', TLS_KEY: '/k' }, files({ '/c': 'x', '/k': 'y' }))).toEqual([
      'TLS_CERT',
      'TLS_KEY',
    ]);
  });

  test('TLS_CLIENT_CRL needs TLS_CLIENT_CA, and must be a list', () => {
    const pair = { TLS_CERT: '/c', TLS_KEY: '/k' };
    expect(named({ ...pair, TLS_CLIENT_CRL: '/r' })).toContain('TLS_CLIENT_CA');
    const env = { ...pair, TLS_CLIENT_CA: '/a', TLS_CLIENT_CRL: '/r' };
    expect(problems(env, files({ '/c': 'x', '/k': 'y', '/a': 'z', '/r': 'not a list' }))).toContainEqual(
      expect.stringMatching(/^TLS_CLIENT_CRL: no revocation list/),
    );
  });
});

describe('process splits', () => {
  const database = { DATABASE_URL: 'postgres://db/x' };
  const redis = { REDIS_URL: 'redis://r' };
  const mqtt = { MQTT_URL: 'mqtt://b' };

  test.each<[string, Environment]>([
    ['all roles', {}],
    ['all roles', redis],
    ['all roles', mqtt],
    ['dispatcher', database],
    ['broker,ingest', database],
    ['ingest,broker', { ...database, ...redis }],
    ['broker', { ...database, ...redis }],
    ['ingest', { ...database, ...redis }],
    ['ingest', { ...database, ...mqtt }],
    ['ingest', mqtt],
    ['broker,dispatcher', { ...database, ...redis }],
    ['ingest,dispatcher', mqtt],
    ['broker', { ...database, ...redis, ...mqtt }],
    ['ingest', { ...database, ...redis, ...mqtt }],
  ])('%s with %j is legal', (roles, given) => {
    expect(problems({ ...given, ...(roles === 'all roles' ? {} : { ROLES: roles }) })).toEqual([]);
  });

  test.each<[string, Environment, string]>([
    ['dispatcher', {}, 'DATABASE_URL'],
    ['broker,ingest', {}, 'DATABASE_URL'],
    ['broker', database, 'REDIS_URL'],
    ['broker', redis, 'DATABASE_URL'],
    ['broker', { ...database, ...mqtt }, 'MQTT_URL'],
    ['ingest', database, 'MQTT_URL'],
    ['ingest', redis, 'DATABASE_URL'],
    ['broker,dispatcher', database, 'REDIS_URL'],
    ['ingest,dispatcher', database, 'MQTT_URL'],
  ])('%s with %j is a problem that names ROLES and %s', (roles, given, variable) => {
    expect(named({ ...given, ROLES: roles })).toEqual(expect.arrayContaining(['ROLES', variable]));
  });

  test('roles are given once each, in the order of the flow', () => {
    expect(good({ ROLES: 'dispatcher, ingest,broker,ingest' }).roles).toEqual([
      'broker',
      'ingest',
      'dispatcher',
    ]);
  });

  test('ingest alone on its own embedded database is legal but warned of', () => {
    expect(good({ ROLES: 'ingest', ...mqtt }).warnings.join()).toContain('DATABASE_URL');
  });
});

describe('who is told', () => {
  const to = { WEBHOOK_URL: 'https://gateway.example/notices' };

  test.each(['sixteen letters!', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_MfKQ9r8GKYqrTwjUPD8ILA=='])(
    'a webhook is signed with %s',
    (secret) => {
      expect(good({ ...to, WEBHOOK_SECRET: secret }).webhook).toMatchObject({ secret });
    },
  );

  test.each(['', 'fifteen letters', 'whsec_', 'whsec_no base64 at all, but long', 'whsec_MfKQ9r8GKYqrTw'])(
    'not with "%s"',
    (secret) => {
      expect(named({ ...to, WEBHOOK_SECRET: secret })).toEqual(['WEBHOOK_SECRET']);
    },
  );
});

describe('secrets by file', () => {
  const webhook = { WEBHOOK_URL: 'https://gateway.example/notices' };
  const oidc = {
    OIDC_ISSUER: 'https://id.example',
    OIDC_CLIENT_ID: 'yinling',
    OIDC_CALLBACK_URL: 'https://care.example/api/v1/session/oidc/callback',
  };

  test('are as good as in the environment, without the end of their line', () => {
    const read = files({ '/w': 'sixteen letters!\n', '/o': 'of the provider\r\n', '/a': ' a pass word ' });
    expect(good({ ...webhook, WEBHOOK_SECRET_FILE: '/w' }, read).webhook).toMatchObject({
      secret: 'sixteen letters!',
    });
    expect(good({ ...oidc, OIDC_CLIENT_SECRET_FILE: '/o' }, read).oidc).toMatchObject({
      clientSecret: 'of the provider',
    });
    expect(good({ ADMIN_PASSWORD_FILE: '/a' }, read).adminPassword).toBe(' a pass word ');
  });

  test('must be there, hold what is wanted, and be the only one', () => {
    const read = files({ '/short': 'short', '/empty': '\n' });
    const both = { ...webhook, WEBHOOK_SECRET: 'sixteen letters!', WEBHOOK_SECRET_FILE: '/short' };
    expect(named({ ...webhook, WEBHOOK_SECRET_FILE: '/gone' }, read)).toEqual(['WEBHOOK_SECRET_FILE']);
    expect(named({ ...webhook, WEBHOOK_SECRET_FILE: '/short' }, read)).toEqual(['WEBHOOK_SECRET_FILE']);
    expect(named({ ...oidc, OIDC_CLIENT_SECRET_FILE: '/empty' }, read)).toEqual(['OIDC_CLIENT_SECRET_FILE']);
    expect(named({ ADMIN_PASSWORD_FILE: '/empty' }, read)).toEqual(['ADMIN_PASSWORD_FILE']);
    expect(new Set(named(both, read))).toEqual(new Set(['WEBHOOK_SECRET_FILE']));
    expect(named({ OIDC_CLIENT_SECRET_FILE: '/short' }, read)).toContain('OIDC_ISSUER');
  });
});

describe('people and their data', () => {
  test('the identity provider is whole or absent, and reached by TLS unless it is on this machine', () => {
    const whole = {
      OIDC_ISSUER: 'https://login.example/realms/care',
      OIDC_CLIENT_ID: 'yinling',
      OIDC_CALLBACK_URL: 'https://care.example/api/v1/session/oidc/callback',
    };
    expect(good(whole).oidc).toEqual({
      issuer: whole.OIDC_ISSUER,
      clientId: 'yinling',
      clientSecret: undefined,
      callbackUrl: whole.OIDC_CALLBACK_URL,
      usernameClaim: 'preferred_username',
    });
    expect(named({ OIDC_ISSUER: whole.OIDC_ISSUER })).toEqual(['OIDC_CLIENT_ID', 'OIDC_CALLBACK_URL']);
    expect(named({ ...whole, OIDC_ISSUER: 'http://login.example' })).toEqual(['OIDC_ISSUER']);
    expect(good({ ...whole, OIDC_ISSUER: 'http://127.0.0.1:9000' }).oidc).toBeDefined();
    expect(named({ ...whole, OIDC_CALLBACK_URL: 'https://care.example/' })).toEqual(['OIDC_CALLBACK_URL']);
  });

  test('proxies are addresses or networks; nobody is believed unless named', () => {
    expect(good({ TRUST_PROXY: '10.0.0.1, 192.168.0.0/16,loopback,fd00::/8' }).trustProxy).toEqual([
      '10.0.0.1',
      '192.168.0.0/16',
      'loopback',
      'fd00::/8',
    ]);
    for (const TRUST_PROXY of ['true', '1', 'proxy.example', '10.0.0.0/33', '10.0.0.1/8/8', '*'])
      expect(named({ TRUST_PROXY })).toEqual(['TRUST_PROXY']);
  });

  test('HTTPS needs a certificate; retention and consent are said in words that are known', () => {
    expect(named({ HTTPS_PORT: '8443' })).toEqual(['TLS_CERT', 'TLS_KEY']);
    expect(named({ RETENTION: 'audit=1,readings=2' })).toEqual(['RETENTION', 'RETENTION']);
    expect(good({ RETENTION: 'readings=400', CONSENT: 'required' })).toMatchObject({
      consentRequired: true,
      retention: { readings: 400 },
    });
    expect(named({ CONSENT: 'yes' })).toEqual(['CONSENT']);
  });
});
