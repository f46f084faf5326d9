import { createHmac } from 'node:crypto';
import { lookup as lookUp, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import type { Channel, Notice, Sent } from './channel.ts';
import { isPrivateAddress } from './private-networks.ts';

export interface WebhookSettings {
  url: string;
  secret: string;
  /** Also addresses of private networks and of this machine. */
  allowPrivate: boolean;
  timeoutMs?: number;
  /** Default: the system's resolver. */
  resolve?: Resolve;
}

/** All addresses of a name. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const TIMEOUT_MS = 5_000;

/**
 * To a gateway for short messages and voice calls: one CloudEvent a notice, signed as Standard Webhooks do (HMAC-SHA-256
 * over id, time and body), under an id that is the same at every try. Redirects are not followed, and the address that
 * is connected to is the one that was checked.
 */
export function webhookChannel(settings: WebhookSettings, clock: Clock): Channel {
  const url = new URL(settings.url);
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  return {
    name: 'webhook',
    carriesSheets: true,
    send(notice) {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      if (!settings.allowPrivate && isIP(host) !== 0 && isPrivateAddress(host))
        return Promise.resolve({ ok: false, error: 'the address is private', retry: false });
      const body = JSON.stringify(cloudEvent(notice));
      const seconds = String(Math.floor(clock.now() / 1000));
      return post(url, body, {
        timeoutMs,
        lookup: lookup(settings),
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'content-length': String(Buffer.byteLength(body)),
          'webhook-id': notice.id,
          'webhook-timestamp': seconds,
          'webhook-signature': `v1,${signatureOf(settings.secret, notice.id, seconds, body)}`,
        },
      });
    },
  };
}

/** `whsec_` and base64, as Standard Webhooks write a secret, stands for its bytes; any other text for itself. */
const keyOf = (secret: string): string | Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;

export const signatureOf = (secret: string, id: string, seconds: string, body: string): string =>
  createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64');

const cloudEvent = (notice: Notice): unknown => ({
  specversion: '1.0',
  id: notice.id,
  source: '/yinling/dispatcher',
  type: `yinling.notice.${notice.target}`,
  subject: notice.alertId,
  time: notice.at,
  datacontenttype: 'application/json',
  data: notice,
});

/** By `allowPrivate` whatever the name resolves to. */
const lookup = ({ allowPrivate, resolve }: WebhookSettings): LookupFunction | undefined =>
  allowPrivate ? undefined : publicOnly(resolve ?? lookUp);

/**
 * Resolves, and refuses what is private before anything is connected. The connection goes to what this gives, so a name
 * that is bound anew in between (DNS rebinding) gains nothing.
 */
const publicOnly =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const found = addresses.filter(({ address }) => !isPrivateAddress(address));
      const [first] = found;
      if (first === undefined || found.length < addresses.length)
        return callback(Object.assign(new Error('the address is private'), { code: 'EPRIVATE' }), '');
      if (options.all === true) return callback(null, found);
      return callback(null, first.address, first.family);
    });
  };

function post(
  url: URL,
  body: string,
  how: { timeoutMs: number; lookup: LookupFunction | undefined; headers: Record<string, string> },
): Promise<Sent> {
  return new Promise((resolve) => {
    const failed = (error: unknown): void => {
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
      const retry = code !== 'EPRIVATE';
      resolve({ ok: false, error: typeof code === 'string' ? code : 'no answer in time', retry });
    };
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: how.headers,
      signal: AbortSignal.timeout(how.timeoutMs),
      ...(how.lookup !== undefined && { lookup: how.lookup }),
    });
    request.on('error', failed);
    request.on('response', (response) => {
      response.on('error', failed);
      response.resume();
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return resolve({ ok: true });
      // Told to slow down or out of order: later. Refused, moved or gone: never.
      const retry = status >= 500 || status === 408 || status === 425 || status === 429;
      resolve({ ok: false, error: `answered ${status}`, retry });
    });
    request.end(body);
  });
}
