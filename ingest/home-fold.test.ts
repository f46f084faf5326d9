import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel, Payload } from '../schemas/channels.ts';
import type { DeviceEvent } from '../schemas/inbound.ts';
import type { Signal } from '../schemas/signal.ts';
import { aContext, aHome, T0 } from '../tests/support/detector-world.ts';
import type { AnyDetector, Detector } from './detectors/detector.ts';
import { DETECTORS } from './detectors/registry.ts';
import { LATENESS_MS } from './event-time/lateness.ts';
import { MOST_HELD } from './event-time/reorder.ts';
import { createHomeFold, type FoldItem, type HomeFold, type Outage } from './home-fold.ts';
import { type HomeState, initialState, stateFromJson, stateToJson } from './home-state.ts';

const { local } = aContext(aHome());
const home = aHome([
  { deviceId: 'button', kind: 'sos_button' },
  { deviceId: 'pir', kind: 'pir', zone: 'bathroom' },
  { deviceId: 'cuff', kind: 'health_monitor' },
  { deviceId: 'gw', kind: 'gateway' },
]);
const QUIET_MS = 60_000;

/** Writes down all it sees, in order, and calls when it has seen no presence for a minute. */
interface Diary {
  seen: string[];
  quietFrom: number | null;
}
const diary: Detector<Diary> = {
  name: 'diary',
  version: 1,
  initial: () => ({ seen: [], quietFrom: null }),
  step(state, event, { now, watermark }) {
    expect(watermark).toBeLessThanOrEqual(now);
    const seen = [...state.seen, `${event.messageId}${event.marks.includes('late') ? ' late' : ''}`];
    const quietFrom = event.channel === 'presence' ? event.occurredAt : state.quietFrom;
    return {
      state: { seen, quietFrom },
      signals: [],
      ...(quietFrom !== null && { wakeAt: quietFrom + QUIET_MS }),
    };
  },
  onTime: (state, at, { home: { homeId } }) => ({
    state: { seen: [...state.seen, `quiet ${at}`], quietFrom: null },
    signals: [aSignal(homeId, at)],
  }),
};
const aSignal = (homeId: string, at: number): Signal => ({
  kind: 'inactivity',
  priority: 2,
  dedupKey: `${homeId}:emergency`,
  homeId,
  street: '莲花',
  deviceId: null,
  occurredAt: at,
  receivedAt: at,
  evidence: [],
  effect: 'raise',
});

const foldOf = (...detectors: AnyDetector[]): HomeFold => createHomeFold(detectors, local);
const told = (now: number, profile = home): FoldItem => ({ kind: 'profile', profile, now });

function anEvent<C extends Channel>(
  channel: C,
  messageId: string,
  payload: Payload<C>,
  occurredAt: number,
  arrivedAt = occurredAt,
  deviceId = 'pir',
): FoldItem {
  const event: DeviceEvent = {
    homeId: 'h1',
    deviceId,
    deviceKind: 'pir',
    channel,
    payload,
    messageId,
    occurredAt,
    receivedAt: arrivedAt,
    clock: 'ok',
    marks: [],
  };
  return { kind: 'event', event, now: arrivedAt };
}
const presence = (id: string, at: number, arrivedAt = at, occupied = true): FoldItem =>
  anEvent('presence', id, { sensor: 'pir', zone: 'bathroom', occupied }, at, arrivedAt);
const press = (id: string, at: number): FoldItem => anEvent('sos', id, { action: 'press' }, at, at, 'button');

function run(fold: HomeFold, items: readonly FoldItem[], outages: readonly Outage[] = []) {
  let state = initialState(fold.detectors);
  const signals: Signal[] = [];
  for (const item of items) {
    const result = fold.fold(state, item, outages);
    expect(result.faults).toEqual([]);
    state = result.state;
    signals.push(...result.signals);
  }
  return { state, signals, wakeAt: fold.wakeAt(state) };
}
const diaryOf = (state: HomeState): string[] => (state.states[0] as Diary).seen;

/** Minutes of a home's life: events of all channels, each on its way for no longer than its channel allows. */
const life = fc
  .array(
    fc.record({
      channel: fc.constantFrom<Channel>('presence', 'presence', 'vitals', 'location', 'status', 'sos'),
      at: fc.integer({ min: 0, max: 400_000 }),
      n: fc.integer({ min: 0, max: 60 }),
      delays: fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((list) =>
    list.map(({ channel, at, n, delays }, i) => ({ channel, n, id: `m${i}`, occurredAt: T0 + at, delays })),
  );
type Life = (typeof life)['generate'] extends (...args: never[]) => { value: infer V } ? V : never;

function payloadOf(channel: Channel, n: number): Payload<Channel> {
  switch (channel) {
    case 'presence':
      return { sensor: 'pir', zone: 'bathroom', occupied: n % 2 === 0 };
    case 'vitals':
      return { heartRateBpm: 60 + n * 2, spo2Pct: 100 - (n % 20), quality: n % 3 === 0 ? 0.9 : 0.4 };
    case 'location':
      return { lat: 22.5, lon: 114 };
    case 'status':
      return { online: n % 5 !== 0, battery: n };
    case 'sos':
    case 'fall':
    case 'motion':
    case 'reply':
      return n % 4 === 0 ? { action: 'cancel' } : { action: 'press' };
  }
}
const arrivalsOf = (events: Life, way: 0 | 1): FoldItem[] =>
  events
    .map(({ channel, id, n, occurredAt, delays }) => {
      const arrivedAt = occurredAt + Math.floor(delays[way] * LATENESS_MS[channel]);
      return anEvent(
        channel,
        id,
        payloadOf(channel, n),
        occurredAt,
        arrivedAt,
        channel === 'sos' ? 'button' : 'pir',
      );
    })
    .toSorted((a, b) => a.now - b.now || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const END: FoldItem = { kind: 'timer', now: T0 + 600_000 };
/** What an alert comes from; arrival times may differ, for the device's silence is told by them. */
const essence = (signals: readonly Signal[]) =>
  signals
    .filter(({ kind }) => kind !== 'device_offline')
    .map(({ kind, priority, dedupKey, effect, occurredAt, evidence }) =>
      JSON.stringify([kind, priority, dedupKey, effect, occurredAt, evidence]),
    );

describe('one home’s fold', () => {
  it('I3: any order of arrival within the lateness is seen in one and the same order', () => {
    const fold = foldOf(diary);
    fc.assert(
      fc.property(life, (events) => {
        const one = run(fold, [told(T0), ...arrivalsOf(events, 0), END]);
        const other = run(fold, [told(T0), ...arrivalsOf(events, 1), END]);
        const timed = events.filter(({ channel }) => LATENESS_MS[channel] > 0).map(({ id }) => id);
        const orderly = (seen: string[]) =>
          seen.filter((what) => what.startsWith('quiet') || timed.includes(what));
        expect(orderly(diaryOf(one.state))).toEqual(orderly(diaryOf(other.state)));
        expect(diaryOf(one.state).some((what) => what.endsWith('late'))).toBe(false);
      }),
    );
  });

  it('I3: any order of arrival within the lateness gives the same alerts, with every detector', () => {
    const fold = createHomeFold(DETECTORS, local);
    fc.assert(
      fc.property(life, (events) => {
        const [one, other] = [0, 1].map(
          (way) => run(fold, [told(T0), ...arrivalsOf(events, way as 0 | 1), END]).signals,
        );
        expect(essence(one ?? []).toSorted()).toEqual(essence(other ?? []).toSorted());
      }),
    );
  });

  it('I4: firings that leave nothing to store, and snapshots at any point, change nothing', () => {
    const fold = createHomeFold([diary, ...DETECTORS], local);
    const interruptions = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 90_000 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        life,
        interruptions,
        fc.array(fc.nat(30), { maxLength: 4 }),
        (events, firings, snapshots) => {
          const items = [told(T0), ...arrivalsOf(events, 0), END];
          const straight = run(fold, items);

          let state = initialState(fold.detectors);
          const signals: Signal[] = [];
          items.forEach((item, i) => {
            const result = fold.fold(state, item, []);
            state = result.state;
            signals.push(...result.signals);
            for (const [at, ms] of firings) {
              const next = items[i + 1];
              if (at !== i || !next) continue;
              const firing: FoldItem = { kind: 'timer', now: Math.min(item.now + ms, next.now) };
              const fired = fold.fold(state, firing, []);
              // As the ticker does: kept apart unless it yields signals
              state = fired.signals.length > 0 ? fired.state : { ...fired.state, now: state.now };
              signals.push(...fired.signals);
            }
            if (snapshots.includes(i))
              state = stateFromJson(
                fold.detectors,
                JSON.parse(JSON.stringify(stateToJson(fold.detectors, state))) as ReturnType<
                  typeof stateToJson
                >,
              );
          });
          expect(JSON.stringify(stateToJson(fold.detectors, state))).toBe(
            JSON.stringify(stateToJson(fold.detectors, straight.state)),
          );
          expect(signals.map((s) => JSON.stringify(s))).toEqual(
            straight.signals.map((s) => JSON.stringify(s)),
          );
        },
      ),
    );
  });

  it('holds presence for its lateness, a press not at all', () => {
    const fold = foldOf(diary);
    const before = run(fold, [told(T0), presence('a', T0), press('p', T0 + 5)]);
    expect(diaryOf(before.state)).toEqual(['p']);
    expect(before.wakeAt).toBe(T0 + 10_001);
    const after = run(fold, [
      told(T0),
      presence('a', T0),
      press('p', T0 + 5),
      { kind: 'timer', now: T0 + 10_001 },
    ]);
    expect(diaryOf(after.state)).toEqual(['p', 'a']);
  });

  it('a home that floods us holds no more than so many events, the earliest goes first', () => {
    const flood = Array.from({ length: MOST_HELD + 50 }, (_, n) => presence(`f${n}`, T0 + n));
    const { state } = run(foldOf(diary), [told(T0), ...flood]);
    expect(state.held).toHaveLength(MOST_HELD);
    expect(diaryOf(state)).toEqual(Array.from({ length: 50 }, (_, n) => `f${n}`));
  });

  it('eKuiper #530: what comes later than allowed is passed on, marked, and takes nothing back', () => {
    const fold = foldOf(diary);
    const { state, signals } = run(fold, [
      told(T0),
      presence('a', T0),
      presence('b', T0 + 90_000),
      presence('late', T0 + 30_000, T0 + 90_001),
    ]);
    expect(signals).toHaveLength(1);
    expect(diaryOf(state)).toEqual(['a', `quiet ${T0 + QUIET_MS}`, 'late late']);
  });

  it('智慧养老: older data than the last value is not ignored', () => {
    const { state } = run(foldOf(diary), [
      told(T0),
      presence('new', T0 + 5000),
      presence('old', T0, T0 + 6000),
      END,
    ]);
    expect(diaryOf(state)).toEqual(['old', 'new', `quiet ${T0 + 5000 + QUIET_MS}`]);
  });

  it('ThingsBoard #10590, #5173: a deadline is in event time: as of the deadline, however late it fires', () => {
    const fold = foldOf(diary);
    const { signals, wakeAt } = run(fold, [
      told(T0),
      presence('a', T0),
      { kind: 'timer', now: T0 + 3_600_000 },
    ]);
    expect(signals.map(({ occurredAt }) => occurredAt)).toEqual([T0 + QUIET_MS]);
    expect(wakeAt).toBe(Infinity);
  });

  it.each([
    [-1, []],
    [0, [T0 + QUIET_MS]],
    [1, [T0 + QUIET_MS]],
  ])('the idle limit is exact: presence %i ms from the limit', (offset, quiet) => {
    const at = T0 + QUIET_MS + offset;
    const { state } = run(foldOf(diary), [
      told(T0),
      presence('a', T0),
      presence('b', at),
      { kind: 'timer', now: at + 20_000 },
    ]);
    expect(diaryOf(state)).toEqual(['a', ...quiet.map((t) => `quiet ${t}`), 'b']);
  });

  it('智慧养老: one rule that fails does not keep the next from looking', () => {
    const broken: Detector<null> = {
      name: 'broken',
      version: 1,
      initial: () => null,
      step() {
        throw new Error('a mistake of ours');
      },
    };
    const fold = foldOf(broken, diary);
    let state = fold.fold(initialState(fold.detectors), told(T0), []).state;
    const { state: next, faults } = fold.fold(state, press('p', T0), []);
    expect(faults).toMatchObject([{ detector: 'broken' }]);
    expect((next.states[1] as Diary).seen).toEqual(['p']);
    state = next;
  });

  const critical = (messageId: string, at: number): FoldItem =>
    anEvent('vitals', messageId, { systolicMmHg: 190, diastolicMmHg: 100 }, at, at, 'cuff');

  it('智慧养老: every value is looked at, not the last one of a minute', () => {
    const fine = anEvent('vitals', 'fine', { systolicMmHg: 120 }, T0 + 9_000, T0 + 9_000, 'cuff');
    const { signals } = run(foldOf(...DETECTORS), [told(T0), critical('bad', T0 + 1_000), fine, END]);
    expect(signals).toMatchObject([
      { kind: 'vitals', priority: 1, effect: 'raise' },
      { kind: 'vitals', effect: 'support' },
    ]);
  });

  it('智慧养老: what was concluded but not committed is concluded again; no quiet time has begun', () => {
    const fold = foldOf(...DETECTORS);
    const { state } = run(fold, [told(T0), critical('bad', T0 + 1_000)]);
    const timer: FoldItem = { kind: 'timer', now: T0 + 60_000 };
    const first = fold.fold(state, timer, []);
    const again = fold.fold(state, timer, []);
    expect(first.signals).toMatchObject([{ kind: 'vitals', effect: 'raise' }]);
    expect(again.signals).toEqual(first.signals);
  });

  it('Home Assistant #94857: what was told and taken in hand is not told anew by a reload', () => {
    const fold = foldOf(...DETECTORS);
    const { state } = run(fold, [told(T0), critical('bad', T0 + 1_000), critical('still', T0 + 90_000), END]);
    const reloaded = stateFromJson(DETECTORS, JSON.parse(JSON.stringify(stateToJson(DETECTORS, state))));
    const item = critical('yet', END.now + 1_000);
    const result = fold.fold(reloaded, item, []);
    const later = fold.fold(result.state, { kind: 'timer', now: END.now + 10_000 }, []);
    // evidence for the alert that is there: nothing that would call again
    expect([...result.signals, ...later.signals].map(({ effect }) => effect)).toEqual(['support']);
  });

  it('a detector that wakes itself without end is stopped, and named', () => {
    const restless: Detector<null> = {
      name: 'restless',
      version: 1,
      channels: ['sos'],
      initial: () => null,
      step: (state, event) => ({ state, signals: [], wakeAt: event.occurredAt }),
      onTime: (state, at) => ({ state, signals: [], wakeAt: at }),
    };
    const fold = foldOf(restless);
    const { state } = run(fold, [told(T0), press('p', T0)]);
    const { faults, wakeAt } = fold.fold(state, { kind: 'timer', now: T0 + 86_400_000 }, []);
    expect(faults).toMatchObject([{ detector: 'restless' }]);
    expect(wakeAt).toBe(Infinity);
  });

  it('a mode ends by itself, and detectors are told', () => {
    const modes: string[] = [];
    const listener: Detector<null> = {
      name: 'listener',
      version: 1,
      channels: ['sos'],
      initial: () => null,
      step(state, _event, { home: { mode } }) {
        modes.push(`press in ${mode}`);
        return { state, signals: [] };
      },
      onInput(state, input, { home: { mode } }) {
        modes.push(`${input.kind} ${mode}`);
        return { state, signals: [] };
      },
    };
    const away = aHome([], { mode: 'leave', modeUntil: T0 + 1000 });
    const { wakeAt } = run(foldOf(listener), [told(T0, away), press('a', T0 + 999), press('b', T0 + 1001)]);
    expect(modes).toEqual(['profile leave', 'press in leave', 'profile home', 'press in home']);
    expect(wakeAt).toBe(Infinity);
  });

  it('I13: a firing sees the outages that had begun by its own time, and no later ones', () => {
    const seen: (readonly Outage[])[] = [];
    const watcher: Detector<null> = {
      name: 'watcher',
      version: 1,
      channels: ['sos'],
      initial: () => null,
      step: (state, event) => ({ state, signals: [], wakeAt: event.occurredAt + 1000 }),
      onTime(state, _at, { outages }) {
        seen.push(outages);
        return { state, signals: [] };
      },
    };
    const outages: Outage[] = [
      [T0 - 3 * 86_400_000, T0 - 2.5 * 86_400_000],
      [T0 + 500, T0 + 90_000],
      [T0 + 200_000, T0 + 300_000],
    ];
    run(foldOf(watcher), [told(T0), press('p', T0), { kind: 'timer', now: T0 + 400_000 }], outages);
    expect(seen).toEqual([[[T0 + 500, T0 + 1000]]]);
  });

  it('I4: what is folded while an outage goes on is the same as once its end is known', () => {
    const counted: Detector<number[]> = {
      name: 'counted',
      version: 1,
      channels: ['sos'],
      initial: () => [],
      step: (state, _event, { outages, now }) => ({
        state: [...state, ...outages.flat()],
        signals: [],
        wakeAt: now + 300,
      }),
      onTime: (state, _at, { outages }) => ({ state: [...state, ...outages.flat()], signals: [] }),
    };
    const items = [told(T0), press('a', T0 + 100), press('b', T0 + 900), press('c', T0 + 1500)];
    const meanwhile = run(foldOf(counted), items, [[T0 + 50, Infinity]]).state;
    const afterwards = run(foldOf(counted), items, [[T0 + 50, T0 + 2000]]).state;
    expect(afterwards).toEqual(meanwhile);
    expect(meanwhile.states[0]).toContain(T0 + 900);
  });

  it('knows when a device was last heard, a will apart', () => {
    const heard: (number | undefined)[] = [];
    const ear: Detector<null> = {
      name: 'ear',
      version: 1,
      channels: ['sos'],
      initial: () => null,
      step(state, _event, context) {
        heard.push(context.heardAt('pir'), context.heardAt('__proto__'));
        return { state, signals: [] };
      },
    };
    const will = anEvent('status', 'w', { online: false }, T0 + 50);
    if (will.kind === 'event') will.event.will = true;
    run(foldOf(ear), [told(T0), presence('a', T0 - 60_000, T0 + 10), will, press('p', T0 + 60)]);
    expect(heard).toEqual([T0 + 10, undefined]);
  });

  it('a detector of another version reads its old state, a new one begins', () => {
    const fold = foldOf(diary);
    const { state } = run(fold, [told(T0), press('p', T0)]);
    const json = stateToJson(fold.detectors, state);
    const newer = {
      ...diary,
      version: 2,
      upgrade: (old: unknown, from: number) => ({ ...(old as Diary), seen: [`from ${from}`] }),
    };
    const added = { ...diary, name: 'added' };
    const read = stateFromJson([added, newer], json);
    expect(read.states).toEqual([diary.initial(), { seen: ['from 1'], quietFrom: null }]);
  });
});
