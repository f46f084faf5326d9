import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ROLES } from './roles.ts';

/** Kinds of values that variables of the environment have, and how each is asked for. Read by `config.ts`. */

export const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((n) => n <= 65_535);
export const url = (...protocols: string[]) =>
  z.string().refine((text) => {
    const parsed = URL.parse(text);
    return (
      parsed !== null &&
      protocols.includes(parsed.protocol) &&
      (parsed.host !== '' || parsed.protocol.startsWith('postgres'))
    );
  });
export const mqttUrl = url('mqtt:', 'mqtts:', 'ws:', 'wss:');
export const A_MQTT_URL = 'must be a URL mqtt://…, mqtts://…, ws://… or wss://…';
/** Of a broker that is consumed: as one of a group, if it names one. */
export const consumedUrl = mqttUrl.refine((text) =>
  /^[^/+#]+$/.test(URL.parse(text)?.searchParams.get('share') ?? 'none'),
);
export const A_CONSUMED_URL = `${A_MQTT_URL}; with ?share=, a name without /, + and #`;
export const webUrl = url('http:', 'https:');
export const A_WEB_URL = 'must be a URL http://… or https://…';
/** Over a network only with TLS; on this machine also without. */
export const secureUrl = url('http:', 'https:').refine((text) => {
  const { protocol, hostname } = URL.parse(text) ?? { protocol: '', hostname: '' };
  return (
    protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  );
});
export const A_SECURE_URL = 'must be a URL https://… (http:// only on this machine)';
export const timeZone = z.string().refine((name) => {
  if (!/^[A-Za-z]/.test(name)) return false; // an offset such as +08:00 knows no history
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
});
export const roles = z
  .string()
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(ROLES)))
  .transform((wanted) => ROLES.filter((role) => wanted.includes(role)));
export const path = z
  .string()
  .refine((text) => !text.includes('\0'))
  .transform((text) => resolve(text));

/** Named ranges as fastify knows them, addresses, networks. */
export const trustedProxies = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .pipe(
    z.array(
      z.string().refine((item) => {
        if (['loopback', 'linklocal', 'uniquelocal'].includes(item)) return true;
        const [address = '', bits, ...more] = item.split('/');
        const family = isIP(address);
        if (family === 0 || more.length > 0) return false;
        return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
      }),
    ),
  );

export const bound = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

/** What begins as Standard Webhooks write a secret is one: a slip in its base64 would be another key. */
export const webhookSecret = z
  .string()
  .min(16)
  .refine((text) => {
    if (!text.startsWith('whsec_')) return true;
    const [given] = text.slice('whsec_'.length).split('=');
    const bytes = Buffer.from(given ?? '', 'base64');
    return bytes.length >= 16 && bytes.toString('base64').replace(/=+$/, '') === given;
  });
export const A_WEBHOOK_SECRET =
  'must have at least 16 characters, or be whsec_ and the base64 of 16 bytes or more';

export const A_PORT = 'must be a port, 0 to 65535 (0: a free one)';
export const A_PATH = 'must be a path';
export const A_BOUND = 'must be a whole number, 1 to 999999999';
