import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadDevices, type LoadHome, ordinaryOf } from '../devices-sim/load/traffic.ts';
import { CODECS } from '../ingest/codecs/registry.ts';
import { decode } from '../ingest/decode/decode.ts';
import { DETECTORS } from '../ingest/detectors/registry.ts';
import { entryOf, type HomeEntry } from '../ingest/directory.ts';
import { createHomeFold, type HomeFold } from '../ingest/home-fold.ts';
import { type HomeState, initialState, stateFromJson, stateToJson } from '../ingest/home-state.ts';
import { localTimeOf } from '../ingest/local-time.ts';
import type { DeviceEvent, InboundMessage } from '../schemas/inbound.ts';
import { machine, type Report, round } from './machine.ts';

export const DETECT_DEFAULTS = { homes: 2_000, events: 600_000, refoldHomes: 20, fillHomes: 2_000 };
export type DetectOptions = typeof DETECT_DEFAULTS;

/** Monday 2026-11-23 08:00 in Shenzhen. */
const FROM = Date.UTC(2026, 10, 23, 0);
/** One message a minute of each device (domain.md, *Sizing*). */
const DEVICE_EVERY_MS = 60_000;
const HOUR_MS = 3_600_000;
const AIM_PER_S = 500_000;
/** Seniors of the district. */
const DISTRICT_HOMES = 203_400;
/** Days that are decoded for the refold; each is folded again and again from nothing, for as many homes as are asked for. */
const DECODED_DAYS = 10;
/** What each home of the fill has lived through: twelve minutes, and every device heard several times. */
const FILL_EVENTS = 60;
const SETTLING = 3;
/**
 * Decoded and then folded together: a bulk batch of the service at most (`ingest/pipeline/scheduler.ts`). Tens of thousands decoded
 * ahead would make the garbage collector copy what the service never has at once.
 */
const BATCH = 200;
/** Between two looks at the thread's own time, which some machines know in ticks of 10 ms only; divided by the clock. */
const ROUND = 20_000;

interface Lived {
  home: LoadHome;
  entry: HomeEntry;
  state: HomeState;
  told: number;
}

/**
 * The pure core alone, on one core, with every detector, for the load generator's mix: no database, no network. The
 * floor is JSON.parse of the same payloads: nothing that reads a message is faster. `node --cpu-prof bench/cli.ts
 * detect` shows where the time goes.
 */
export function detect(options: DetectOptions): Report {
  const before = machine();
  const fold = createHomeFold(DETECTORS, localTimeOf('Asia/Shanghai'));
  const homes = Array.from({ length: options.homes }, (_, n) => lived(n, fold));
  const stepMs = DEVICE_EVERY_MS / loadDevices('h').length;
  let at = FROM;
  let told = 0;
  const next = (count: number): { lives: Lived; message: InboundMessage }[] =>
    Array.from({ length: count }, () => {
      const place = told++ % homes.length;
      const lives = homes[place] as Lived;
      if (place === 0) at += stepMs;
      return { lives, message: messageOf(lives, at + (place * stepMs) / homes.length) };
    });
  const rounds = Math.ceil(options.events / ROUND);
  const spent = { parse: 0, decode: 0, fold: 0 };
  let events = 0;
  let signals = 0;
  for (let i = -SETTLING; i < rounds; i++) {
    const batches = Array.from({ length: ROUND / BATCH }, () => next(BATCH));
    const texts = batches.flat().map(({ message }) => Buffer.from(message.payload ?? []).toString());
    const parseMs = timed(() => texts.forEach((text) => void JSON.parse(text)));
    const wallMs = { decode: 0, fold: 0 };
    const bothMs = timed(() => {
      for (const batch of batches) {
        const from = performance.now();
        const decoded = batch.map(({ lives, message }) => eventsOf(message, lives));
        const between = performance.now();
        for (const [n, { lives }] of batch.entries())
          for (const event of decoded[n] ?? []) {
            const result = fold.fold(lives.state, { kind: 'event', event, now: event.receivedAt }, NONE);
            lives.state = result.state;
            signals += result.signals.length;
          }
        wallMs.decode += between - from;
        wallMs.fold += performance.now() - between;
      }
    });
    if (i < 0) continue;
    const foldShare = wallMs.fold / (wallMs.decode + wallMs.fold);
    spent.parse += parseMs;
    spent.decode += bothMs * (1 - foldShare);
    spent.fold += bothMs * foldShare;
    events += ROUND;
  }
  const perS = (ms: number) => Math.round((events / ms) * 1000);
  const state = sizes(homes, fold);
  const refold = refoldOf(options.refoldHomes, fold);
  const fill = filled(options.fillHomes, fold);
  const foldPerS = perS(spent.fold);
  return {
    name: 'detect',
    machine: before,
    at: new Date().toISOString(),
    settings: {
      ...options,
      detectors: DETECTORS.length,
      mix: 'presence 3, vitals 1, status 1',
      batch: BATCH,
      hours: round((at - FROM) / HOUR_MS),
    },
    product: {
      'fold, events/s': foldPerS,
      'decode + fold, events/s': perS(spent.decode + spent.fold),
      signals,
      'state a home, JSON bytes': state.jsonBytes,
      'state a home, heap bytes': state.heapBytes,
      'heap a home in memory, with its registry entry, bytes': fill,
      [`the same for ${DISTRICT_HOMES.toLocaleString('en')} homes, GB`]: round(
        (fill * DISTRICT_HOMES) / 1e9,
        2,
      ),
      "refold of a home's day, ms": round(refold.ms / options.refoldHomes),
      'events in it': refold.events,
      [`refold of ${options.refoldHomes.toLocaleString('en')} homes × 1 day, measured, s`]: round(
        refold.ms / 1000,
        1,
      ),
    },
    floor: { 'JSON.parse alone, events/s': perS(spent.parse), 'decode alone, events/s': perS(spent.decode) },
    ratio: { 'fold / JSON.parse': round(spent.parse / spent.fold) },
    aims: [
      {
        what: 'events a second through all detectors',
        aim: `≥ ${AIM_PER_S}`,
        measured: foldPerS,
        met: foldPerS >= AIM_PER_S,
      },
    ],
  };
}

const NONE: never[] = [];

/** Of this thread's own time on a core, ms: what others do meanwhile on the machine does not count. */
function timed(work: () => void): number {
  const from = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(from);
  return (user + system) / 1000;
}

function lived(n: number, fold: HomeFold): Lived {
  const homeId = `h${n}`;
  const devices = loadDevices(homeId);
  const home = { homeId, clientId: homeId, username: undefined, password: undefined, devices };
  const entry = entryOf(
    {
      homeId,
      homeNo: n + 1,
      street: '莲花',
      version: 1,
      residents: [
        {
          residentId: `${homeId}-r`,
          spo2Scale: 1,
          mode: 'home',
          modeUntil: null,
          settings: {},
          version: 1,
          retired: false,
        },
      ],
      devices: devices.map(({ deviceId, kind, zone = null }, i) => ({
        deviceId,
        deviceNo: n * 10 + i + 1,
        kind,
        zone,
        externalId: null,
      })),
    },
    FROM,
  );
  const told = fold.fold(
    initialState(fold.detectors),
    { kind: 'profile', profile: entry.profile, now: FROM },
    NONE,
  );
  return { home, entry, state: told.state, told: 0 };
}

function messageOf(lives: Lived, at: number): InboundMessage {
  const receivedAt = Math.floor(at);
  const number = lives.told++;
  const { topic, tail } = ordinaryOf(lives.home, number);
  const payload = Buffer.from(`{"id":"${number.toString(36)}","ts":${receivedAt - 3}${tail}`);
  const principal = { type: 'gateway', id: lives.home.clientId, homeId: lives.home.homeId } as const;
  return { principal, topic, payload, size: payload.length, qos: 1, receivedAt };
}

function eventsOf(message: InboundMessage, { entry }: Lived): DeviceEvent[] {
  const decoded = decode(message, entry, CODECS);
  if (decoded.result !== 'events') throw new Error(JSON.stringify(decoded));
  return decoded.items.map(({ event }) => event);
}

/** As snapshots hold it, and as memory does; the profile, which is the registry's, apart. */
function sizes(homes: readonly Lived[], fold: HomeFold): { jsonBytes: number; heapBytes: number } {
  const texts = homes.map(({ state }) =>
    JSON.stringify(stateToJson(fold.detectors, { ...state, profile: null })),
  );
  const jsonBytes = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / homes.length);
  const before = heapInUse();
  const copies = texts.map((text) =>
    stateFromJson(fold.detectors, JSON.parse(text) as Parameters<typeof stateFromJson>[1]),
  );
  const heapBytes = Math.round((heapInUse() - before) / copies.length);
  return { jsonBytes, heapBytes };
}

/**
 * From nothing to a day later, of events as they are stored: what a start after a crash does at the worst. Time in all.
 */
function refoldOf(count: number, fold: HomeFold): { ms: number; events: number } {
  const stepMs = DEVICE_EVERY_MS / loadDevices('h').length;
  const perDay = (24 * HOUR_MS) / stepMs;
  const days = Array.from({ length: Math.min(count, DECODED_DAYS) }, (_, n) => {
    const home = lived(n, fold);
    return {
      from: home.state,
      events: Array.from({ length: perDay }, (__, i) =>
        eventsOf(messageOf(home, FROM + i * stepMs), home),
      ).flat(),
    };
  });
  let ms = 0;
  for (let n = 0; n < count; n++) {
    const day = days[n % days.length] as (typeof days)[number];
    ms += timed(() => {
      let state = day.from;
      for (const event of day.events)
        state = fold.fold(state, { kind: 'event', event, now: event.receivedAt }, NONE).state;
    });
  }
  return { ms, events: perDay };
}

/** Homes as a running service has them: registry entry, profile and state, after twelve minutes of the ordinary mix. Bytes each. */
function filled(count: number, fold: HomeFold): number {
  const stepMs = DEVICE_EVERY_MS / loadDevices('h').length;
  const before = heapInUse();
  const kept: { entry: HomeEntry; state: HomeState }[] = [];
  for (let n = 0; n < count; n++) {
    const home = lived(n, fold);
    for (let i = 0; i < FILL_EVENTS; i++)
      for (const event of eventsOf(messageOf(home, FROM + i * stepMs), home))
        home.state = fold.fold(home.state, { kind: 'event', event, now: event.receivedAt }, NONE).state;
    kept.push({ entry: home.entry, state: home.state });
  }
  return Math.round((heapInUse() - before) / kept.length);
}

/** Bytes, of what is still needed: without a collection, what is garbage by now would count as well, or less than nothing. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
