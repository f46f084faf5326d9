import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { idSchema } from '../schemas/ids.ts';
import { crlProblems, errorCode, folderProblem, tlsProblems } from './config-files.ts';
import {
  A_BOUND,
  A_PATH,
  A_PORT,
  A_CONSUMED_URL,
  A_MQTT_URL,
  A_SECURE_URL,
  A_WEB_URL,
  A_WEBHOOK_SECRET,
  bound,
  consumedUrl,
  mqttUrl,
  path,
  port,
  roles,
  secureUrl,
  timeZone,
  trustedProxies,
  url,
  webhookSecret,
  webUrl,
} from './config-values.ts';
import { parseDataKeys } from './crypto/data-key.ts';
import { mapTilesOf, type MapTiles } from './map-tiles.ts';
import { parseRetention, type Retention } from './retention.ts';
import { splitProblems, type Role, ROLES } from './roles.ts';
import { type TravelTimeSettings, travelTimesOf } from './travel-time.ts';

/**
 * The environment (contract.md, *Environment*), read once at the root. An empty variable counts as absent. All problems
 * are found in one go, each naming its variable; none repeats a value, for it may be a secret put in the wrong place.
 */
export interface Config {
  /** Roles of this process, each once, in the order of the flow. */
  readonly roles: readonly Role[];
  readonly host: string;
  /** Where the service's other processes tell this one straight what waits unstored, if it has consoles; the port 0: a free one. */
  readonly peerHost: string;
  readonly peerPort: number;
  /** Ports: 0 means a free one. */
  readonly mqttPort: number;
  readonly mqttTls: TlsListener | undefined;
  readonly mqttWsPort: number | undefined;
  /** Bounds of MQTT that were given; the others are the broker's own. */
  readonly mqttLimits: MqttLimits;
  /** undefined: none. A process without the dispatcher has little to serve, and does so only where it is told to. */
  readonly httpPort: number | undefined;
  /** With the certificate of `TLS_CERT`; HTTP is then for this machine only. undefined: none. */
  readonly httpsPort: number | undefined;
  /** Addresses or networks of reverse proxies that may say who called, and whether by HTTPS. */
  readonly trustProxy: readonly string[];
  /** undefined: people log in with passwords only. */
  readonly oidc: OidcSettings | undefined;
  /** Whether a camera's or locator's messages are refused also where nobody has said yes, not only after a no. */
  readonly consentRequired: boolean;
  readonly retention: Retention;
  /** Absolute. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** IANA name; shifts, waking hours and months are of this zone. */
  readonly timeZone: string;
  readonly adminPassword: string | undefined;
  /** Absolute; undefined: a key is made in `dataDir`. */
  readonly dataKeyFile: string | undefined;
  /** undefined: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** undefined: BullMQ's PostgreSQL backend and an in-process emitter. */
  readonly redisUrl: string | undefined;
  /** undefined: the built-in broker; otherwise ingest consumes from there and nothing listens for MQTT. */
  readonly mqttUrl: string | undefined;
  /** Whether the synthetic call buttons run, in a process with the dispatcher. Off unless asked for: they are traffic and alerts of their own. */
  readonly canary: boolean;
  /** Of the broker that canaries use, where it is not in this process. */
  readonly canaryMqttUrl: string | undefined;
  /** Pinged every minute while every street's canary is seen. */
  readonly canaryPingUrl: string | undefined;
  /** undefined: ways are reckoned by straight line. */
  readonly travelTimes: TravelTimeSettings | undefined;
  /** An OpenTelemetry collector (OTLP/HTTP) that is told of every alarm, from message to order. undefined: none. */
  readonly otlpEndpoint: string | undefined;
  /** Absolute; where the time bank's daily anchors are put as files. undefined: they are only shown. */
  readonly anchorDir: string | undefined;
  /** Absolute; where the built console lies. undefined: beside the service, `console/dist`. */
  readonly consoleDir: string | undefined;
  readonly mapTiles: MapTiles | undefined;
  /** Where notices go besides the log: a gateway for short messages and voice. undefined: nowhere. */
  readonly webhook: WebhookTarget | undefined;
  /** Homes shown to a Home Assistant through its broker; read only. undefined: none. */
  readonly homeAssistant: { readonly url: string; readonly homeIds: readonly string[] } | undefined;
  /** Legal, yet probably not meant: to be logged at start. */
  readonly warnings: readonly string[];
}

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
  /** Also addresses of private networks: a gateway in the same house. */
  readonly allowPrivate: boolean;
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** undefined: a public client, PKCE alone. */
  readonly clientSecret: string | undefined;
  /** Ours, as browsers see it: `https://…/api/v1/session/oidc/callback`. */
  readonly callbackUrl: string;
  /** Of the ID token; its value is the username here. */
  readonly usernameClaim: string;
}

/** undefined: the broker's own. Sizes are not among them: the contract says those. */
export interface MqttLimits {
  readonly messagesPerSecond: number | undefined;
  readonly inFlight: number | undefined;
  readonly topics: number | undefined;
  readonly subscriptions: number | undefined;
  readonly connectionsPerCredential: number | undefined;
  readonly connectionsPerAddress: number | undefined;
}

export interface TlsListener {
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
  /** What those authorities have taken back; read again when it changes. */
  readonly clientCrlFile: string | undefined;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Environment = Readonly<Record<string, string | undefined>>;
export type ConfigResult =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: string[] };

/** The standard port of MQTT over TLS, listened on once there is a certificate. */
const DEFAULT_TLS_PORT = 8883;

/** `readFile` is there for tests; it throws what `readFileSync` throws. */
export function loadConfig(
  env: Environment,
  readFile: (path: string) => Buffer = (file) => readFileSync(file),
): ConfigResult {
  const problems: string[] = [];
  const warnings: string[] = [];

  function take<T>(name: string, schema: z.ZodType<T>, wanted: string, absent: T): T {
    const text = env[name];
    if (text === undefined || text === '') return absent;
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    problems.push(`${name}: ${wanted}`);
    return absent;
  }
  const optional = <T>(name: string, schema: z.ZodType<T>, wanted: string): T | undefined =>
    take<T | undefined>(name, schema, wanted, undefined);
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  const contents = (name: string, file: string | undefined): Buffer | undefined => {
    if (file === undefined) return undefined;
    try {
      return readFile(file);
    } catch (error) {
      problems.push(`${name}: the file cannot be read (${errorCode(error)})`);
      return undefined;
    }
  };

  /** `NAME`, or what the file says that `NAME_FILE` names: environments are shown by `ps`, unit files and crash reports. */
  const secretOf = (name: string, schema: z.ZodType<string>, wanted: string): string | undefined => {
    const file = optional(`${name}_FILE`, path, A_PATH);
    if (file === undefined) return optional(name, schema, wanted);
    if (isSet(name)) problems.push(`${name}_FILE: ${name} is set as well; one of them`);
    const held = contents(`${name}_FILE`, file)
      ?.toString('utf8')
      .replace(/\r?\n$/, '');
    if (held === undefined) return undefined;
    const parsed = schema.safeParse(held);
    if (parsed.success && held !== '') return parsed.data;
    problems.push(`${name}_FILE: the file's contents ${held === '' ? 'must not be empty' : wanted}`);
    return undefined;
  };
  const isGiven = (name: string): boolean => isSet(name) || isSet(`${name}_FILE`);

  const runRoles = take<readonly Role[]>(
    'ROLES',
    roles,
    `must be a list, separated by commas, of ${ROLES.join(', ')}`,
    ROLES,
  );
  const hostOf = (name: string, absent: string): string =>
    take(name, z.string().regex(/^[A-Za-z0-9_.:%-]+$/), 'must be an address or host name', absent);
  const host = hostOf('HOST', '127.0.0.1');
  const config = {
    roles: runRoles,
    host,
    peerHost: hostOf('PEER_HOST', host),
    peerPort: take('PEER_PORT', port, A_PORT, 0),
    mqttPort: take('MQTT_PORT', port, A_PORT, 1883),
    mqttWsPort: optional('MQTT_WS_PORT', port, A_PORT),
    mqttLimits: {
      messagesPerSecond: optional('MQTT_MAX_RATE', bound, A_BOUND),
      inFlight: optional('MQTT_MAX_IN_FLIGHT', bound, A_BOUND),
      topics: optional('MQTT_MAX_TOPICS', bound, A_BOUND),
      subscriptions: optional('MQTT_MAX_SUBSCRIPTIONS', bound, A_BOUND),
      connectionsPerCredential: optional('MQTT_MAX_CONNECTIONS_PER_CREDENTIAL', bound, A_BOUND),
      connectionsPerAddress: optional('MQTT_MAX_CONNECTIONS_PER_ADDRESS', bound, A_BOUND),
    },
    httpPort: take<number | undefined>(
      'HTTP_PORT',
      port,
      A_PORT,
      runRoles.includes('dispatcher') ? 8080 : undefined,
    ),
    dataDir: take('DATA_DIR', path, A_PATH, resolve('.data')),
    logLevel: take<LogLevel>(
      'LOG_LEVEL',
      z.enum(LOG_LEVELS),
      `must be one of ${LOG_LEVELS.join(', ')}`,
      'info',
    ),
    timeZone: take(
      'TZ',
      timeZone,
      'must be a time zone of the IANA database, such as Asia/Shanghai',
      'Asia/Shanghai',
    ),
    adminPassword: secretOf('ADMIN_PASSWORD', z.string(), 'must be text'),
    dataKeyFile: optional('DATA_KEY_FILE', path, A_PATH),
    databaseUrl: optional('DATABASE_URL', url('postgres:', 'postgresql:'), 'must be a URL postgres://…'),
    redisUrl: optional('REDIS_URL', url('redis:', 'rediss:'), 'must be a URL redis://… or rediss://…'),
    mqttUrl: optional('MQTT_URL', consumedUrl, A_CONSUMED_URL),
    canary: take('CANARY', z.enum(['on', 'off']), 'must be on or off', 'off') === 'on',
    canaryMqttUrl: optional('CANARY_MQTT_URL', mqttUrl, A_MQTT_URL),
    otlpEndpoint: optional('OTEL_EXPORTER_OTLP_ENDPOINT', webUrl, A_WEB_URL),
    canaryPingUrl: optional('CANARY_PING_URL', webUrl, A_WEB_URL),
    consoleDir: optional('CONSOLE_DIR', path, A_PATH),
    anchorDir: optional('ANCHOR_DIR', path, A_PATH),
    mapTiles: mapTilesOf(env, problems),
    travelTimes: travelTimesOf(env, problems),
    httpsPort: optional('HTTPS_PORT', port, A_PORT),
    trustProxy: take<readonly string[]>(
      'TRUST_PROXY',
      trustedProxies,
      'must be a list, separated by commas, of addresses, networks (10.0.0.0/8), loopback, linklocal or uniquelocal',
      [],
    ),
    consentRequired:
      take('CONSENT', z.enum(['required', 'recorded']), 'must be required or recorded', 'recorded') ===
      'required',
  };

  const unusable = folderProblem(config.dataDir);
  if (unusable !== undefined && !problems.some((problem) => problem.startsWith('DATA_DIR:')))
    problems.push(`DATA_DIR: ${unusable}`);

  const tlsPort = optional('MQTT_TLS_PORT', port, A_PORT);
  const certFile = optional('TLS_CERT', path, A_PATH);
  const keyFile = optional('TLS_KEY', path, A_PATH);
  const clientCaFile = optional('TLS_CLIENT_CA', path, A_PATH);
  const clientCrlFile = optional('TLS_CLIENT_CRL', path, A_PATH);
  const needing = [
    'MQTT_TLS_PORT',
    'HTTPS_PORT',
    'TLS_CERT',
    'TLS_KEY',
    'TLS_CLIENT_CA',
    'TLS_CLIENT_CRL',
  ].filter(isSet);
  for (const name of ['TLS_CERT', 'TLS_KEY'])
    if (needing.length > 0 && !isSet(name)) problems.push(`${name}: is needed by ${needing.join(', ')}`);
  const material = {
    cert: contents('TLS_CERT', certFile),
    key: contents('TLS_KEY', keyFile),
    ca: contents('TLS_CLIENT_CA', clientCaFile),
  };
  if (isSet('TLS_CLIENT_CRL') && !isSet('TLS_CLIENT_CA'))
    problems.push('TLS_CLIENT_CA: is needed by TLS_CLIENT_CRL');
  const crl = contents('TLS_CLIENT_CRL', clientCrlFile);
  if (crl && material.ca) problems.push(...crlProblems(crl, material.ca));
  if (material.cert && material.key)
    problems.push(...tlsProblems({ ...material, cert: material.cert, key: material.key }));

  const dataKey = contents('DATA_KEY_FILE', config.dataKeyFile);
  if (dataKey && !parseDataKeys(dataKey.toString('utf8')))
    problems.push('DATA_KEY_FILE: the file must hold 32 bytes in base64 or hex');

  const assistantUrl = optional('HOME_ASSISTANT_MQTT_URL', mqttUrl, A_MQTT_URL);
  const assistantHomes = optional(
    'HOME_ASSISTANT_HOMES',
    z
      .string()
      .transform((text) => text.split(',').map((id) => id.trim()))
      .pipe(z.array(idSchema)),
    'must be ids of homes, separated by commas',
  );
  if (isSet('HOME_ASSISTANT_MQTT_URL') && !isSet('HOME_ASSISTANT_HOMES'))
    problems.push('HOME_ASSISTANT_HOMES: is needed by HOME_ASSISTANT_MQTT_URL');
  const homeAssistant =
    assistantUrl !== undefined && assistantHomes !== undefined
      ? { url: assistantUrl, homeIds: assistantHomes }
      : undefined;

  const webhookUrl = optional('WEBHOOK_URL', webUrl, A_WEB_URL);
  const secret = secretOf('WEBHOOK_SECRET', webhookSecret, A_WEBHOOK_SECRET);
  const allowPrivate = take('WEBHOOK_ALLOW_PRIVATE', z.enum(['yes', 'no']), 'must be yes or no', 'no');
  if (webhookUrl !== undefined && !isGiven('WEBHOOK_SECRET'))
    problems.push('WEBHOOK_SECRET: is needed by WEBHOOK_URL');
  const webhook =
    webhookUrl !== undefined && secret !== undefined
      ? { url: webhookUrl, secret, allowPrivate: allowPrivate === 'yes' }
      : undefined;

  const kept = parseRetention(env['RETENTION']);
  if (!kept.ok) problems.push(...kept.problems.map((problem) => `RETENTION: ${problem}`));
  const oidc = oidcSettings();

  const mqttTls =
    certFile !== undefined && keyFile !== undefined
      ? { port: tlsPort ?? DEFAULT_TLS_PORT, certFile, keyFile, clientCaFile, clientCrlFile }
      : undefined;
  problems.push(
    ...samePorts({
      MQTT_PORT: config.mqttPort,
      MQTT_TLS_PORT: mqttTls?.port,
      MQTT_WS_PORT: config.mqttWsPort,
      HTTP_PORT: config.httpPort,
      HTTPS_PORT: config.httpsPort,
    }),
  );
  if (!problems.some((problem) => problem.startsWith('ROLES:'))) {
    const given = { database: isSet('DATABASE_URL'), redis: isSet('REDIS_URL'), mqtt: isSet('MQTT_URL') };
    const split = splitProblems(config.roles, given);
    problems.push(...split.problems);
    warnings.push(...split.warnings);
  }
  return problems.length > 0 || !kept.ok
    ? { ok: false, problems }
    : {
        ok: true,
        config: { ...config, mqttTls, webhook, homeAssistant, oidc, retention: kept.retention, warnings },
      };

  function oidcSettings(): OidcSettings | undefined {
    const issuer = optional('OIDC_ISSUER', secureUrl, A_SECURE_URL);
    const clientId = optional('OIDC_CLIENT_ID', z.string(), 'must be text');
    const callbackUrl = optional(
      'OIDC_CALLBACK_URL',
      secureUrl.refine((text) => URL.parse(text)?.pathname === '/api/v1/session/oidc/callback'),
      `${A_SECURE_URL}, and end in /api/v1/session/oidc/callback`,
    );
    const given = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_CALLBACK_URL'].filter(
      isGiven,
    );
    for (const name of ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CALLBACK_URL'])
      if (given.length > 0 && !isSet(name)) problems.push(`${name}: is needed by ${given.join(', ')}`);
    const clientSecret = secretOf('OIDC_CLIENT_SECRET', z.string(), 'must be text');
    const usernameClaim = take('OIDC_USERNAME_CLAIM', z.string(), 'must be text', 'preferred_username');
    if (issuer === undefined || clientId === undefined || callbackUrl === undefined) return undefined;
    return { issuer, clientId, clientSecret, callbackUrl, usernameClaim };
  }
}

function samePorts(ports: Record<string, number | undefined>): string[] {
  const byPort = Map.groupBy(
    Object.entries(ports).filter(([, port]) => port !== undefined && port !== 0),
    ([, port]) => port,
  );
  return [...byPort.values()]
    .filter((group) => group.length > 1)
    .map((group) => `${group.map(([name]) => name).join(', ')}: are the same port`);
}
