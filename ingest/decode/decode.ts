import { type Channel, isChannel, MAX_PAYLOAD_BYTES, type sosPayload } from '../../schemas/channels.ts';
import type { z } from 'zod';
import type { DeadLetterReason, DeviceEvent, InboundMessage } from '../../schemas/inbound.ts';
import type { Codec, CodecItem } from '../codecs/codec.ts';
import { type Consent, consentFor } from './consent.ts';
import { addressOf, isContractTopic, mayPublish } from './address.ts';
import { badSosFields, fits, misfit } from './check.ts';
import { isTimestamp, readClock } from './clock.ts';
import { mayHoldMedia, type Media, mediaAnywhere, mediaOfBytes, mediaOfText, mediaWithin } from './media.ts';
import { isPlain } from './plain.ts';
import { isStorableText, isTooDeep, MAX_DEPTH, refusal } from './screen.ts';

/** What decode must know of a home; pure data of the directory. */
export interface RegisteredHome {
  readonly homeId: string;
  device(deviceId: string): RegisteredDevice | undefined;
  /** By the vendor's id, for codecs. */
  external(externalId: string): RegisteredDevice | undefined;
  /** What its people have not agreed to. */
  readonly withheld?: ReadonlySet<Consent>;
}
export interface RegisteredDevice {
  readonly deviceId: string;
  readonly deviceNo: number;
  readonly kind: string;
  readonly zone?: string;
}

/** A message after decoding: device events, or why there are none. The contract's table of outcomes, in code. */
export type Decoded =
  | { result: 'events'; items: readonly DecodedItem[]; note?: DeadLetter }
  | { result: 'dead_letter'; letter: DeadLetter }
  | { result: 'ignored'; reason: string };

export interface DecodedItem {
  /** `messageId` is the device's own, or '' if it gave none. */
  event: DeviceEvent;
  /** 0 for a press of an unregistered device. */
  deviceNo: number;
  /** The payload as JSON text, fit for a jsonb. */
  body: string;
  /** The device's own time on our scale, before the rule for the future; undefined: none that can be read. */
  statedAt: number | undefined;
}

export interface DeadLetter {
  reason: DeadLetterReason;
  detail: string;
  homeId?: string;
  deviceId?: string;
  /** Whether the payload's bytes may be kept. Never media, never what was too large. */
  keepBody: boolean;
}

const PRESS = { action: 'press' } as const;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * `home`: the home that the message belongs to (`homeOf` in address.ts), null if the registry has none. Pure and total.
 */
export function decode(
  message: InboundMessage,
  home: RegisteredHome | null,
  codecs: ReadonlyMap<string, Codec>,
): Decoded {
  const decoded = understood(message, home, codecs);
  if (decoded.result !== 'dead_letter' || !decoded.letter.keepBody || message.payload === undefined)
    return decoded;
  // Its bytes would be kept just because nobody understands them.
  const medium = mediaAnywhere(message.payload);
  const { letter } = decoded;
  return medium === undefined
    ? decoded
    : { ...decoded, letter: { ...letter, reason: 'media', detail: medium, keepBody: false } };
}

function understood(
  message: InboundMessage,
  home: RegisteredHome | null,
  codecs: ReadonlyMap<string, Codec>,
): Decoded {
  // [MQTT-3.3.1-9] what an external broker kept is how things stood, not something that happens now
  if (message.retained === true) return { result: 'ignored', reason: 'retained' };
  if (!isContractTopic(message.topic)) return decodeForeign(message, home, codecs);
  const address = addressOf(message.topic);
  if (!address) return dead('topic', 'not a topic of ours', {}, false);
  const { homeId, deviceId, channel } = address;
  const where = { homeId, deviceId };
  if (!mayPublish(message.principal, homeId, deviceId))
    return dead('topic', 'not the credential’s own', where, false);
  const medium = message.payload && mediaOfBytes(message.payload);
  if (!home) return dead('unknown_home', '', where, keepable(message, medium));
  const device = home.device(deviceId);
  if (channel === 'sos') return decodePress(message, homeId, deviceId, device, medium);
  if (!isChannel(channel)) return dead('unknown_channel', '', where, keepable(message, medium));
  if (message.payload === undefined || message.size > MAX_PAYLOAD_BYTES)
    return dead('too_large', `${message.size} bytes`, where, false);
  if (medium) return dead('media', medium, where, false);
  const plain = isPlain(message.payload);
  const read = readObject(message.payload, plain);
  if (typeof read === 'string') return dead(read === 'not JSON' ? 'not_json' : 'schema', read, where, true);
  const { text, payload } = read;
  const found = !plain && mayHoldMedia(text) ? mediaWithin(payload) : undefined;
  if (found) return dead('media', found, where, false);
  if (!device) return dead('unknown_device', '', where, true);
  const unwanted = withheldIn(home, channel, device, payload);
  if (unwanted) return dead('consent', unwanted, where, false);
  const refused = plain ? undefined : refusal(text, payload);
  if (refused !== undefined) return dead('database_refused', refused, where, true);
  const wrong = whatIsWrong(channel, payload, message.will === true);
  if (wrong !== undefined) return dead('schema', wrong, where, true);
  const body = message.will === true ? JSON.stringify(payload) : text;
  return {
    result: 'events',
    items: [itemOf(message, home.homeId, deviceId, device, channel, payload, body, NO_MARKS)],
  };
}

const NO_MARKS: readonly string[] = [];

function dead(
  reason: DeadLetterReason,
  detail: string,
  where: { homeId?: string; deviceId?: string },
  keepBody: boolean,
): Decoded {
  return { result: 'dead_letter', letter: { reason, detail, ...where, keepBody } };
}

/** What it would need consent for that there is none for. */
function withheldIn(
  { withheld }: RegisteredHome,
  channel: Channel,
  device: RegisteredDevice,
  payload: Fields,
): Consent | undefined {
  if (withheld === undefined || withheld.size === 0) return undefined;
  const needed = consentFor(channel, device.kind, payload);
  return needed !== undefined && withheld.has(needed) ? needed : undefined;
}

function keepable({ payload, size }: InboundMessage, medium: Media | undefined): boolean {
  if (!payload || medium || size > MAX_PAYLOAD_BYTES) return false;
  const read = readObject(payload);
  return typeof read === 'string' || !mediaWithin(read.payload);
}

type Fields = Record<string, unknown>;

/** Or why it is none. `plain`: it is not too deep. */
function readObject(payload: Uint8Array, plain = false): { text: string; payload: Fields } | string {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return 'not JSON';
  }
  if (!plain && isTooDeep(text)) return `nested deeper than ${MAX_DEPTH}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  return { text, payload: value as Fields };
}

/** Why the payload is no message of its channel; undefined: it is one. Of a will, `id` and `ts` do not count. */
function whatIsWrong(channel: Channel, payload: Fields, will: boolean): string | undefined {
  if (will) {
    delete payload['id'];
    delete payload['ts'];
  }
  if (!fits(channel, payload)) return misfit(channel, payload);
  const ts = payload['ts'];
  return ts === undefined || isTimestamp(ts) ? undefined : 'ts: neither ms since the epoch nor ISO 8601';
}

function itemOf(
  message: InboundMessage,
  homeId: string,
  deviceId: string,
  device: RegisteredDevice | undefined,
  channel: Channel,
  payload: Fields,
  body: string,
  marks: readonly string[],
): DecodedItem {
  const { receivedAt } = message;
  const will = message.will === true;
  const ts = will ? undefined : (payload['ts'] as number | string | undefined);
  const { occurredAt, verdict, statedAt } = readClock(ts, receivedAt);
  const event: DeviceEvent = {
    homeId,
    // The registry's own text, where there is one: it is compared and looked up many times.
    deviceId: device?.deviceId ?? deviceId,
    deviceKind: device?.kind ?? 'unknown',
    channel,
    payload,
    messageId: will ? '' : ((payload['id'] as string | undefined) ?? ''),
    occurredAt,
    receivedAt,
    clock: verdict,
    marks,
  };
  if (device?.zone !== undefined) event.zone = device.zone;
  if (will) event.will = true;
  return { event, deviceNo: device?.deviceNo ?? 0, body, statedAt };
}

/**
 * On `sos` nothing that is wrong with a message stops it from being a call: a bad field is dropped, an unreadable
 * payload or an unregistered device of a known home is a press, marked so.
 */
function decodePress(
  message: InboundMessage,
  homeId: string,
  deviceId: string,
  device: RegisteredDevice | undefined,
  medium: Media | undefined,
): Decoded {
  const marks: string[] = device ? [] : ['unregistered_device'];
  const item = (payload: Fields, body?: string) =>
    itemOf(message, homeId, deviceId, device, 'sos', payload, body ?? JSON.stringify(payload), marks);
  if (message.payload === undefined || message.size > MAX_PAYLOAD_BYTES) {
    marks.push('unreadable', 'too_large');
    // Kept beside as what it is, too: it counts as a press and as nothing else (I14).
    const note: DeadLetter = {
      reason: 'too_large',
      detail: `${message.size} bytes; counted as a press`,
      homeId,
      deviceId,
      keepBody: false,
    };
    return { result: 'events', items: [item({ ...PRESS })], note };
  }
  const read = medium ? 'media' : readObject(message.payload);
  if (typeof read === 'string') {
    marks.push('unreadable');
    return { result: 'events', items: [item({ ...PRESS })] };
  }
  const { payload, marks: more, whole } = cleanPress(read.text, read.payload, message.will === true);
  marks.push(...more);
  return { result: 'events', items: [item(payload, whole ? read.text : undefined)] };
}

/** The payload with every field dropped that does not fit, that the database would refuse, or that holds a medium. */
export function cleanPress(
  text: string,
  payload: Fields,
  will = false,
): { payload: z.infer<typeof sosPayload> & Fields; marks: string[]; whole: boolean } {
  const bad = new Set<string>(badSosFields(payload));
  const marks: string[] = [];
  if (will) {
    bad.delete('id');
    delete payload['id'];
    delete payload['ts'];
  }
  if (payload['ts'] !== undefined && !isTimestamp(payload['ts'])) bad.add('ts');
  const suspicious = refusal(text, payload) !== undefined;
  for (const [key, value] of Object.entries(payload)) {
    if (suspicious && !(isStorableText(key) && storable(value))) bad.add(key);
    if (mediaOfText(key) ?? mediaWithin(value)) {
      bad.add(key);
      marks.push('media_dropped');
    }
  }
  const action = bad.has('action') ? 'press' : (payload['action'] as 'press');
  for (const key of [...bad].slice(0, 8)) marks.push(`bad_field:${/^[\w-]{1,32}$/.test(key) ? key : '?'}`);
  if (bad.size === 0) return { payload: payload as { action: 'press' }, marks, whole: !suspicious && !will };
  const kept = Object.entries(payload).filter(([key]) => !bad.has(key));
  return { payload: { ...Object.fromEntries(kept), action }, marks, whole: false };
}

/** Numbers beyond a double have become infinite in parsing, and JSON has no word for them. */
function storable(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => isStorableText(key) && storable(item));
}

/** A gateway with a codec speaks its devices' own language. */
function decodeForeign(
  message: InboundMessage,
  home: RegisteredHome | null,
  codecs: ReadonlyMap<string, Codec>,
): Decoded {
  const { principal, topic } = message;
  const homeId = principal.homeId ?? '';
  const where = { homeId, deviceId: principal.id };
  const codec = principal.codec === undefined ? undefined : codecs.get(principal.codec);
  if (!codec) return dead('topic', 'no codec for this topic', where, false);
  if (!home) return dead('unknown_home', '', where, false);
  const medium = message.payload && mediaOfBytes(message.payload);
  const fitsIn = message.payload && message.size <= MAX_PAYLOAD_BYTES && !medium;
  const text = fitsIn ? textOf(message.payload) : undefined;
  const result = codec.decode({
    topic,
    text,
    gatewayId: principal.id,
    device: (externalId) => home.external(externalId),
  });
  if ('ignored' in result) return { result: 'ignored', reason: result.ignored };
  if ('refused' in result) {
    if (medium) return dead('media', medium, where, false);
    const tooLarge = message.size > MAX_PAYLOAD_BYTES;
    const device = result.externalId === undefined ? undefined : home.external(result.externalId);
    const of = { ...where, ...(device && { deviceId: device.deviceId }) };
    return tooLarge
      ? dead('too_large', `${message.size} bytes`, of, false)
      : dead(result.refused, result.detail, of, keepable(message, medium));
  }
  return decodeItems(message, homeId, home, result.items, text ?? '');
}

function textOf(payload: Uint8Array | undefined): string | undefined {
  try {
    const text = utf8.decode(payload);
    return isTooDeep(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function decodeItems(
  message: InboundMessage,
  homeId: string,
  home: RegisteredHome,
  items: readonly CodecItem[],
  text: string,
): Decoded {
  const decoded: DecodedItem[] = [];
  let problem: Decoded | undefined;
  for (const { externalId, channel, payload, marks = NO_MARKS } of items) {
    const device = externalId === null ? home.device(message.principal.id) : home.external(externalId);
    const deviceId = device?.deviceId ?? message.principal.id;
    const where = { homeId, deviceId };
    if (channel === 'sos') {
      const clean = cleanPress(text, payload);
      const all = [...(device ? [] : ['unregistered_device']), ...marks, ...clean.marks];
      decoded.push(
        itemOf(message, homeId, deviceId, device, 'sos', clean.payload, JSON.stringify(clean.payload), all),
      );
      continue;
    }
    const media = mediaWithin(payload);
    const wrong = media ? undefined : whatIsWrong(channel, payload, false);
    if (media) problem = dead('media', media, where, false);
    else if (!device)
      problem = dead('unknown_device', `not registered: ${safe(externalId ?? '')}`, where, true);
    else if (withheldIn(home, channel, device, payload)) problem = dead('consent', channel, where, false);
    else if (wrong !== undefined) problem = dead('codec', wrong, where, true);
    else if (refusal(text, payload) !== undefined) problem = dead('database_refused', '', where, true);
    else
      decoded.push(
        itemOf(message, homeId, deviceId, device, channel, payload, JSON.stringify(payload), marks),
      );
  }
  if (decoded.length > 0) return { result: 'events', items: decoded };
  return problem ?? { result: 'ignored', reason: 'nothing in it' };
}

const safe = (text: string): string => text.slice(0, 128).replaceAll('\0', '').toWellFormed();
