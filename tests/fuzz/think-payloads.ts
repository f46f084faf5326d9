import { type Random, randomOf } from '../../devices-sim/random.ts';
import { CODECS } from '../../ingest/codecs/registry.ts';
import { type Decoded, decode, type RegisteredHome } from '../../ingest/decode/decode.ts';
import { DETECTORS } from '../../ingest/detectors/registry.ts';
import { createHomeFold, type HomeFold } from '../../ingest/home-fold.ts';
import { type HomeState, initialState, stateToJson } from '../../ingest/home-state.ts';
import { localTimeOf } from '../../ingest/local-time.ts';
import { DEAD_LETTER_REASONS, type DeviceEvent, type InboundMessage } from '../../schemas/inbound.ts';
import { aHome } from '../support/detector-world.ts';
import type { Books } from './books.ts';
import { CODEC_NAMES, codecInput, EXTERNAL_IDS, payloadInput } from './payload-inputs.ts';

const HOME_ID = 'h1';
/** 2026-01-01. */
const BEGIN_MS = 1_767_225_600_000;
const MOST_GAP_MS = 600_000;
/** A home is begun anew after so many inputs, at a multiple of it: an input is seen again from the one before it. */
export const INPUTS_PER_HOME = 500;
/** A message that is thought about for longer holds everybody up. Far above what a busy machine costs. */
const MOST_THINKING_MS = 5_000;
const MOST_STATE_CHARACTERS = 1_000_000;

const KINDS: Record<string, string> = {
  d1: 'pir',
  w1: 'wearable',
  v1: 'health_monitor',
  g1: 'gateway',
  button: 'sos_button',
  door: 'door',
  watch: 'wearable',
  motion: 'pir',
};
const DEVICES = new Map(
  Object.entries(KINDS).map(([deviceId, kind], i) => [
    deviceId,
    { deviceId, deviceNo: i + 1, kind, zone: 'bathroom' },
  ]),
);
const HOME: RegisteredHome = {
  homeId: HOME_ID,
  device: (id) => DEVICES.get(id),
  external: (id) => (EXTERNAL_IDS.some((known) => known === id) ? DEVICES.get(id) : undefined),
};
const PROFILE = aHome([...DEVICES.values()].map(({ deviceId, kind, zone }) => ({ deviceId, kind, zone })));

/** The payload part for volume: through the pure core alone, decoder and all detectors, in this process. */
export function thinkPayloads(books: Books, seed: number, from: number, to: number): void {
  const random = randomOf(seed).fork('core');
  const folder = createHomeFold(DETECTORS, localTimeOf('Asia/Shanghai'));
  const begin = (now: number): HomeState =>
    folder.fold(initialState(DETECTORS), { kind: 'profile', profile: PROFILE, now }, []).state;
  let now = BEGIN_MS;
  let state = begin(now);
  for (let no = from - (from % INPUTS_PER_HOME); no < to; no++) {
    const chance = random.fork(String(no));
    if (no % INPUTS_PER_HOME === 0) state = begin((now = BEGIN_MS));
    now += chance.int(0, chance.pick([10, 5_000, MOST_GAP_MS]));
    const message = chance.chance(0.15) ? foreign(chance, now) : own(chance, now);
    const startedAt = performance.now();
    try {
      const decoded = decode(message, HOME, CODECS);
      const end = outcomeOf(decoded);
      if (decoded.result === 'events')
        for (const [i, { event, body }] of decoded.items.entries()) {
          mustBeStorable(event, body);
          state = taken(folder, state, { ...event, messageId: event.messageId || `m-${no}-${i}` }, now);
        }
      if (no % 100 === 99) mustBeSmall(state);
      const ms = performance.now() - startedAt;
      if (ms > MOST_THINKING_MS) throw new Error(`it was thought about for ${Math.round(ms)} ms`);
      if (no >= from) books.end('core', end);
    } catch (error) {
      const shown = Buffer.from(message.payload ?? []).toString('latin1');
      books.finding(`core input ${no}: ${String(error)}; ${message.topic} ${shown.slice(0, 300)}`);
      books.end('core', 'fault');
    }
  }
  if ('polluted' in {}) books.finding('core: the prototype of all objects has been written to');
}

function own(chance: Random, receivedAt: number): InboundMessage {
  const { channel, bytes } = payloadInput(chance);
  const deviceId = chance.pick(['d1', 'w1', 'v1', 'button', 'watch']);
  return {
    principal: { type: 'device', id: deviceId, homeId: HOME_ID },
    topic: `care/v1/${HOME_ID}/${deviceId}/${channel}`,
    payload: bytes,
    size: bytes.length,
    qos: 1,
    receivedAt,
    will: chance.chance(0.05),
  };
}

function foreign(chance: Random, receivedAt: number): InboundMessage {
  const codec = chance.pick(['zigbee2mqtt', ...CODEC_NAMES]);
  const { topic, bytes } = codecInput(codec, chance);
  return {
    principal: { type: 'gateway', id: 'g1', homeId: HOME_ID, codec },
    topic,
    payload: bytes,
    size: bytes.length,
    qos: 1,
    receivedAt,
  };
}

/** One of the contract's. */
function outcomeOf(decoded: Decoded): string {
  if (decoded.result === 'ignored') return 'ignored';
  if (decoded.result === 'events') return 'reading';
  const { reason } = decoded.letter;
  if (!DEAD_LETTER_REASONS.includes(reason)) throw new Error(`a reason nobody knows: ${reason}`);
  return `dead_letter:${reason}`;
}

function taken(folder: HomeFold, state: HomeState, event: DeviceEvent, now: number): HomeState {
  const { state: next, faults, wakeAt } = folder.fold(state, { kind: 'event', event, now }, []);
  const [fault] = faults;
  if (fault) throw new Error(`the detector ${fault.detector} failed: ${String(fault.error)}`);
  if (Number.isNaN(wakeAt)) throw new Error('nobody knows when to look again');
  return next;
}

function mustBeStorable({ occurredAt, receivedAt }: DeviceEvent, body: string): void {
  if (Number.isNaN(new Date(occurredAt).getTime())) throw new Error(`occurredAt is no time: ${occurredAt}`);
  // The past is late data, only the future is a wrong clock.
  if (occurredAt > receivedAt + 86_400_000) throw new Error(`accepted from the future: ${occurredAt}`);
  const stored: unknown = JSON.parse(body);
  if (typeof stored !== 'object' || stored === null) throw new Error('the body is no object');
  const unstorable = unstorableWithin(stored);
  if (unstorable !== undefined) throw new Error(`the database would refuse ${unstorable}`);
}

function mustBeSmall(state: HomeState): void {
  const { length } = JSON.stringify(stateToJson(DETECTORS, state));
  if (length > MOST_STATE_CHARACTERS) throw new Error(`the home's state has grown to ${length} characters`);
}

/** A number beyond a double is none of it: the body is stored as text came, and a jsonb holds numbers of any size. */
function unstorableWithin(value: unknown): string | undefined {
  if (typeof value === 'string' && value.includes('\0')) return 'U+0000';
  if (typeof value === 'string' && !value.isWellFormed()) return 'a lone surrogate';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = unstorableWithin(key) ?? unstorableWithin(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
