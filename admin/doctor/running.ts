import { connectAsync } from 'mqtt';
import type { Config } from '../../platform/config.ts';
import { fail, type Finding, ok, warn } from './finding.ts';
import { judgeFiles } from './machine.ts';

const WITHIN_MS = 5_000;

/** The service as its neighbours see it: its probe and its measurements. */
export async function lookAtService(url: string): Promise<Finding[]> {
  const todo = 'start it (systemctl start yinling, docker compose up -d, npm start) and read its log';
  let ready: { status?: string; reasons?: string[]; warnings?: string[] };
  let metrics: string;
  try {
    const ask = (path: string): Promise<Response> =>
      fetch(`${url}${path}`, { signal: AbortSignal.timeout(WITHIN_MS) });
    ready = (await (await ask('/readyz')).json()) as typeof ready;
    metrics = await (await ask('/metrics')).text();
  } catch (error) {
    return [fail('service', `nobody answers at ${url} (${reasonOf(error)})`, todo)];
  }
  const reasons = ready.reasons ?? [];
  return [
    ready.status === 'ready'
      ? ok('service', `ready at ${url}`)
      : fail('service', `not ready: ${reasons.join(', ')}`, 'see to what it names; its log says more'),
    ...judgeMeasurements(parseSamples(metrics)),
  ];
}

/** Values by name and labels, as they stand in the text: `name{label="…"}`. */
export function parseSamples(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const found = /^([a-z_:][a-z0-9_:]*(?:\{[^}]*\})?) (\S+)/i.exec(line);
    if (found) samples.set(found[1] ?? '', Number(found[2]));
  }
  return samples;
}

export function judgeMeasurements(samples: ReadonlyMap<string, number>): Finding[] {
  const findings: Finding[] = [];
  const files = samples.get('process_max_fds');
  if (files !== undefined) findings.push(judgeFiles(files, 'the service'));
  const overdue = [...samples].filter(
    ([name, value]) => name.startsWith('yinling_dispatch_overdue{') && value > 0,
  );
  if (overdue.length > 0)
    findings.push(
      fail(
        'deadlines',
        `overdue: ${overdue.map(([name, value]) => `${/what="([^"]*)"/.exec(name)?.[1]} ${value}`).join(', ')}`,
        'docs/runbook.md, DeadlinesOverdue',
      ),
    );
  return [...findings, judgeCanary(samples)];
}

export function judgeCanary(samples: ReadonlyMap<string, number>): Finding {
  const streets = [...samples].filter(([name]) => name.startsWith('yinling_canary_failing{'));
  if (streets.length === 0)
    return warn('canary', 'does not run in this process', 'set CANARY=on where the dispatcher runs');
  const failing = streets.flatMap(([name, value]) =>
    value > 0 ? [/street="([^"]*)"/.exec(name)?.[1] ?? ''] : [],
  );
  return failing.length === 0
    ? ok('canary', `seen through all ${streets.length} streets`)
    : fail('canary', `not seen through ${failing.join(', ')}`, 'docs/runbook.md, CanaryFailing');
}

/** Whether the broker speaks MQTT; who we are matters only where the URL says it. */
export async function lookAtBroker(config: Config): Promise<Finding[]> {
  if (config.mqttUrl !== undefined) return [await talkTo('broker', config.mqttUrl)];
  if (!config.roles.includes('broker')) return [];
  const host = reachable(config.host);
  const found = [await talkTo('broker', `mqtt://${host}:${config.mqttPort}`)];
  if (config.mqttTls !== undefined)
    found.push(await talkTo('broker (TLS)', `mqtts://${host}:${config.mqttTls.port}`));
  return found;
}

async function talkTo(check: string, url: string): Promise<Finding> {
  const where = new URL(url).host;
  try {
    const client = await connectAsync(url, {
      reconnectPeriod: 0,
      connectTimeout: WITHIN_MS,
      rejectUnauthorized: false, // whether devices trust it is for them to say; its end is looked at apart
    });
    await client.endAsync(true);
    return ok(check, `takes connections at ${where}`);
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const named = new URL(url).username !== '';
    // 4, 5: it knows us not, which is an answer too
    if ((code === 4 || code === 5) && !named) return ok(check, `answers at ${where}`);
    if (code === 4 || code === 5)
      return fail(
        check,
        `refuses us at ${where}`,
        'put a user and password that may subscribe to care/v1/# into MQTT_URL',
      );
    return fail(
      check,
      `does not answer at ${where} (${reasonOf(error)})`,
      'is it running, and does a firewall let us through?',
    );
  }
}

/** A wildcard address is one to listen on, not to call. */
export const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : cause instanceof Error ? cause.message : String(cause);
}
