import { dedupKey } from '../../schemas/alert.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude, concludeAt, technicalPriority } from './conclude.ts';
import { type Detector, NO_SIGNALS, type Step, type StepContext } from './detector.ts';
import { NOTHING, oneIfNone } from './nothing.ts';

export interface SelfTestState {
  /** Devices that test themselves: their last test, and when its absence was last said; arrival, ms. */
  tests: Readonly<Record<string, { at: number; saidAt: number | null }>>;
}

const DAY_MS = 24 * 3_600_000;
/** JGJ/T 484: weekly. A test that comes an hour later each week is no missing one. */
export const TEST_EVERY_MS = 7 * DAY_MS + 3_600_000;
/** Missing on and on is said again this often (ThingsBoard #13050). */
export const REPEAT_MS = DAY_MS;

/**
 * The weekly self-test that does not come (one that fails is `device_fault`'s). Only of devices that have shown one, by
 * `selfTest` or, a call button, by a press while the home is in test mode. Our own outages do not count (I13).
 */
export const selfTest: Detector<SelfTestState> = {
  name: 'self_test',
  version: 1,
  channels: ['status', 'sos'],
  timerLatenessMs: 0,
  initial: () => ({ tests: NOTHING }),
  revive: ({ tests }) => ({ tests: oneIfNone(tests) }),
  step(state, event, context) {
    if (!isTest(event, context)) return armed(state, NO_SIGNALS, context);
    const { deviceId, receivedAt } = event;
    const missed = (state.tests[deviceId]?.saidAt ?? null) !== null;
    const next = { tests: { ...state.tests, [deviceId]: { at: receivedAt, saidAt: null } } };
    // One that fails goes on being a fault
    const failed = (event as DeviceEvent<'status'>).payload.selfTest === 'fail';
    return armed(next, missed && !failed ? [tested(event, context)] : [], context);
  },
  onTime(state, at, context) {
    const signals: Signal[] = [];
    const tests = { ...state.tests };
    for (const [deviceId, test] of Object.entries(state.tests)) {
      if (!context.home.devices.has(deviceId) || at < dueOf(test, context)) continue;
      tests[deviceId] = { ...test, saidAt: at };
      signals.push(missing(deviceId, test.at, at, context));
    }
    return armed(signals.length > 0 ? { tests } : state, signals, context);
  },
  onInput: (state, _input, context) => armed(state, [], context),
};

function isTest(event: DeviceEvent, { home }: StepContext): boolean {
  if (event.marks.includes('late')) return false;
  if (event.channel === 'sos')
    return home.mode === 'test' && (event as DeviceEvent<'sos'>).payload.action === 'press';
  return (event as DeviceEvent<'status'>).payload.selfTest !== undefined;
}

type Test = SelfTestState['tests'][string];

function dueOf({ at, saidAt }: Test, { outages }: StepContext): number {
  const from = saidAt ?? at;
  let due = saidAt === null ? at + TEST_EVERY_MS : saidAt + REPEAT_MS;
  for (const [begin, end] of outages) if (end > from && begin < due) due += end - Math.max(begin, from);
  return due;
}

function armed(state: SelfTestState, signals: readonly Signal[], context: StepContext): Step<SelfTestState> {
  // Few devices test themselves, and this is asked for with every status
  if (state.tests === NOTHING) return { state, signals };
  let wakeAt: number | undefined;
  for (const deviceId in state.tests) {
    const test = state.tests[deviceId];
    if (!test || !context.home.devices.has(deviceId)) continue;
    const dueAt = dueOf(test, context);
    if (wakeAt === undefined || dueAt < wakeAt) wakeAt = dueAt;
  }
  return wakeAt === undefined ? { state, signals } : { state, signals, wakeAt };
}

const base = (deviceId: string, context: StepContext) => ({
  kind: 'device_fault' as const,
  priority: technicalPriority(context.home, deviceId),
  more: { dedupKey: dedupKey.device(deviceId, 'device_fault'), deviceId },
});

const missing = (deviceId: string, lastAt: number, at: number, context: StepContext): Signal =>
  concludeAt(at, context, { ...base(deviceId, context), effect: 'raise' }, [
    {
      kind: 'self_test_missing',
      deviceId,
      messageId: null,
      text: `每周自检未进行，上次在 ${Math.floor((at - lastAt) / DAY_MS)} 天前`,
      data: { lastAt, everyMs: TEST_EVERY_MS },
      for: true,
    },
  ]);

const tested = (event: DeviceEvent, context: StepContext): Signal =>
  conclude(event, context, {
    ...base(event.deviceId, context),
    effect: 'clear',
    evidenceKind: 'self_test_done',
    text: '自检已补做',
    for: false,
  });
