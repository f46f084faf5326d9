import { expect, it } from 'vitest';
import { aContext, aHome, anEvent, T0 } from '../../tests/support/detector-world.ts';
import type { Signal } from '../../schemas/signal.ts';
import type { DeviceProfile } from './detector.ts';
import {
  BATTERY_LIMIT_MS,
  deviceOffline,
  type DeviceOfflineState,
  FLAP_GRACE_MS,
  homeSilentSince,
  MAINS_LIMIT_MS,
  ONLY_WEARABLE_LIMIT_MS,
  QUIET_MS,
  RECHECK_MS,
  REPEAT_MS,
  silenceLimitMs,
  WEARABLE_LIMIT_MS,
} from './device-offline.ts';
import { EXCUSED_MS, SUSPECT_LEAD_MS } from './silence-layers.ts';

const hub: DeviceProfile = { deviceId: 'd1', kind: 'gateway' };
const button: DeviceProfile = { deviceId: 'd2', kind: 'sos_button' };
const home = aHome([hub, button]);
const heard = (times: Record<string, number>, more = {}) =>
  aContext(home, { heardAt: (id) => times[id], ...more });

it('each kind has its limit', () => {
  expect(silenceLimitMs(home, hub)).toBe(MAINS_LIMIT_MS);
  expect(silenceLimitMs(home, button)).toBe(BATTERY_LIMIT_MS);
  const watch: DeviceProfile = { deviceId: 'w', kind: 'wearable' };
  expect(silenceLimitMs(aHome([watch]), watch)).toBe(ONLY_WEARABLE_LIMIT_MS);
  expect(silenceLimitMs(aHome([watch, button]), watch)).toBe(WEARABLE_LIMIT_MS);
});

it('silence is told exactly at the limit, not a millisecond before', () => {
  const context = heard({ d1: T0 });
  const { wakeAt } = deviceOffline.step(
    deviceOffline.initial(),
    anEvent('status', { online: true }),
    context,
  );
  expect(wakeAt).toBe(T0 + MAINS_LIMIT_MS - SUSPECT_LEAD_MS);
  const before = deviceOffline.onTime?.(deviceOffline.initial(), T0 + MAINS_LIMIT_MS - 1, context);
  expect(before?.signals).toEqual([]);
  const at = deviceOffline.onTime?.(deviceOffline.initial(), T0 + MAINS_LIMIT_MS, context);
  expect(at?.signals).toMatchObject([{ kind: 'device_offline', dedupKey: 'd1:device_offline', priority: 4 }]);
});

it('I13: time in which we were not accepting is not silence', () => {
  const context = heard({ d1: T0 }, { outages: [[T0 + 60_000, T0 + 660_000]] });
  expect(deviceOffline.onTime?.(deviceOffline.initial(), T0 + MAINS_LIMIT_MS, context)?.signals).toEqual([]);
  const later = deviceOffline.onTime?.(deviceOffline.initial(), T0 + MAINS_LIMIT_MS + 600_000, context);
  expect(later?.signals).toHaveLength(1);
});

it('a device never heard of is not missed', () => {
  const step = deviceOffline.onTime?.(deviceOffline.initial(), T0 + 1e12, heard({}));
  expect(step?.signals).toEqual([]);
  expect(step).not.toHaveProperty('wakeAt');
});

it('a connection lost is told if nothing is heard for ten seconds, and what is heard afterwards clears it (ThingsBoard #7909)', () => {
  const will = anEvent('status', { online: false }, { will: true });
  const gone = deviceOffline.step(deviceOffline.initial(), will, heard({ d1: T0 }));
  expect(gone).toMatchObject({ signals: [], wakeAt: T0 + RECHECK_MS });
  const told = deviceOffline.onTime?.(gone.state, T0 + RECHECK_MS, heard({ d1: T0 }));
  expect(told?.signals).toMatchObject([
    {
      effect: 'raise',
      dedupKey: 'd1:device_offline',
      evidence: [{ kind: 'connection_lost', messageId: will.messageId }],
    },
  ]);
  const back = deviceOffline.step(
    told!.state,
    anEvent('status', { online: true }, { occurredAt: T0 + 20_000 }),
    heard({ d1: T0 + 20_000 }),
  );
  expect(back.signals).toMatchObject([{ effect: 'clear' }]);
});

it('a device that is back within ten seconds, or heard though not yet in order, is not told', () => {
  const will = anEvent('status', { online: false }, { will: true });
  const gone = deviceOffline.step(deviceOffline.initial(), will, heard({ d1: T0 }));
  const hello = anEvent('status', { online: true }, { occurredAt: T0 + 9_000 });
  const back = deviceOffline.step(gone.state, hello, heard({ d1: T0 + 9_000 }));
  expect(back).toMatchObject({ signals: [], wakeAt: T0 + 9_000 + MAINS_LIMIT_MS - SUSPECT_LEAD_MS });
  const held = deviceOffline.onTime?.(gone.state, T0 + RECHECK_MS, heard({ d1: T0 + 9_000 }));
  expect(held).toMatchObject({ signals: [], wakeAt: T0 + 9_000 + MAINS_LIMIT_MS - SUSPECT_LEAD_MS });
});

it('ThingsBoard #13050: still offline is said again after a while, sooner after somebody resolved it', () => {
  const context = heard({ d1: T0 });
  const told = deviceOffline.onTime!(deviceOffline.initial(), T0 + MAINS_LIMIT_MS, context);
  expect(told.wakeAt).toBe(T0 + MAINS_LIMIT_MS + REPEAT_MS);
  expect(deviceOffline.onTime!(told.state, told.wakeAt!, context).signals).toHaveLength(1);
  const at = T0 + MAINS_LIMIT_MS + 60_000;
  const resolved = deviceOffline.onInput!(
    told.state,
    { kind: 'resolved', dedupKey: 'd1:device_offline', alertId: 'a', disposition: 'device_repaired', at },
    context,
  );
  expect(resolved.wakeAt).toBe(at + QUIET_MS);
  expect(deviceOffline.onTime!(resolved.state, at + QUIET_MS, context).signals).toHaveLength(1);
});

it('being heard costs nothing: the state stays the same object, the wake-up stays until it looks again', () => {
  const first = deviceOffline.step(deviceOffline.initial(), anEvent('status', {}), heard({ d1: T0 }));
  const later = anEvent('status', {}, { occurredAt: T0 + 60_000 });
  const second = deviceOffline.step(first.state, later, heard({ d1: T0 + 60_000 }));
  expect(second.state).toBe(first.state);
  expect(second.wakeAt).toBe(T0 + MAINS_LIMIT_MS - SUSPECT_LEAD_MS);
  const looked = deviceOffline.onTime!(second.state, T0 + MAINS_LIMIT_MS, heard({ d1: T0 + 60_000 }));
  expect(looked).toMatchObject({ signals: [], wakeAt: T0 + 60_000 + MAINS_LIMIT_MS - SUSPECT_LEAD_MS });
});

it('a will that comes after newer words of the device is stale', () => {
  const event = anEvent('status', { online: false }, { will: true });
  expect(deviceOffline.step(deviceOffline.initial(), event, heard({ d1: T0 + 5 })).signals).toEqual([]);
});

it('a device that comes and goes is given a minute', () => {
  let step = deviceOffline.step(
    deviceOffline.initial(),
    anEvent('status', { online: false }),
    heard({ d1: T0 }),
  );
  step = deviceOffline.step(
    step.state,
    anEvent('status', {}, { occurredAt: T0 + 1000 }),
    heard({ d1: T0 + 1000 }),
  );
  const again = anEvent('status', { online: false }, { occurredAt: T0 + 2000 });
  step = deviceOffline.step(step.state, again, heard({ d1: T0 + 2000 }));
  expect(step).toMatchObject({ signals: [], wakeAt: T0 + 2000 + FLAP_GRACE_MS });
  const late = deviceOffline.onTime?.(step.state, T0 + 2000 + FLAP_GRACE_MS, heard({ d1: T0 + 2000 }));
  expect(late?.signals).toHaveLength(1);
});

const radar: DeviceProfile = { deviceId: 'r', kind: 'mmwave' };
const pir: DeviceProfile = { deviceId: 'p', kind: 'pir' };
const layered = aHome([hub, button, radar, pir]);
const look = (state: DeviceOfflineState, at: number, times: Record<string, number>, more = {}) =>
  deviceOffline.onTime!(state, at, aContext(layered, { now: at, heardAt: (id) => times[id], ...more }));
const said = ({ signals }: { signals: readonly Signal[] }) =>
  signals.map(({ effect, deviceId }) => [effect, deviceId]);

it('I13: of what lies behind a silent gateway nothing is said but of the call button: one cause, one alert', () => {
  const times = { d1: T0, d2: T0 - 60_000, r: T0 - 30_000, p: T0 + 20_000 };
  const radarDue = look(deviceOffline.initial(), T0 - 30_000 + MAINS_LIMIT_MS, times);
  expect(said(radarDue)).toEqual([]);
  const hubDue = look(radarDue.state, T0 + MAINS_LIMIT_MS, times);
  expect(said(hubDue)).toEqual([['raise', 'd1']]);
  const rest = look(hubDue.state, T0 + 20_000 + BATTERY_LIMIT_MS, times);
  expect(said(rest)).toEqual([['raise', 'd2']]);
});

it('a device that speaks on while its gateway is silent has a line of its own, and is missed when it stops', () => {
  const times = { d1: T0, p: T0 + 600_000 };
  const told = look(deviceOffline.initial(), T0 + 600_000 + BATTERY_LIMIT_MS, times);
  expect(said(told)).toContainEqual(['raise', 'p']);
});

it('a device that stays away when its gateway is back is told after its own limit from there', () => {
  const times: Record<string, number> = { d1: T0, r: T0 };
  const away = look(deviceOffline.initial(), T0 + MAINS_LIMIT_MS, times);
  const backAt = T0 + 3_600_000;
  times['d1'] = backAt;
  const excused = look(away.state, backAt - 1, { d1: T0, r: T0 });
  const back = deviceOffline.step(
    excused.state,
    anEvent('status', {}, { deviceId: 'd1', occurredAt: backAt }),
    aContext(layered, { now: backAt, heardAt: (id) => times[id] }),
  );
  const before = look(back.state, backAt + MAINS_LIMIT_MS - 1, { ...times, d1: backAt + 200_000 });
  expect(said(before)).toEqual([]);
  const at = backAt - 1 + EXCUSED_MS;
  expect(said(look(before.state, at, { ...times, d1: at - 1000 }))).toEqual([['raise', 'r']]);
});

it('a home falls silent when its gateway is about to be missed and nobody else has been heard, and ends it with any word', () => {
  const at = T0 + MAINS_LIMIT_MS - SUSPECT_LEAD_MS;
  const still = look(deviceOffline.initial(), at, { d1: T0, p: at - 30_000 });
  expect(homeSilentSince(still.state)).toBeNull();
  const silent = look(deviceOffline.initial(), at, { d1: T0, p: T0 + 5_000 });
  expect(silent.signals).toEqual([]);
  expect(homeSilentSince(silent.state)).toBe(T0 + 5_000);
  const word = anEvent('presence', { sensor: 'pir', zone: 'x', occupied: true }, { deviceId: 'p' });
  const heardAgain = deviceOffline.step(silent.state, word, aContext(layered, { heardAt: () => at + 1 }));
  expect(homeSilentSince(heardAgain.state)).toBeNull();
});

it('in a silent street nothing is said of its devices until it is over; what was silent long before it is', () => {
  const streetOut = { street: '莲花', from: T0, beginsAt: T0 + 5_000, endsAt: Infinity };
  const will = anEvent('status', { online: false }, { will: true, deviceId: 'd1' });
  const gone = deviceOffline.step(
    deviceOffline.initial(),
    will,
    aContext(layered, { heardAt: (id) => (id === 'd1' ? T0 : undefined) }),
  );
  const out = look(gone.state, T0 + RECHECK_MS, { d1: T0 }, { streetOut });
  expect(said(out)).toEqual([]);
  expect(homeSilentSince(out.state)).toBe(T0);
  const stillOut = look(out.state, out.wakeAt!, { d1: T0 }, { streetOut });
  expect(said(stillOut)).toEqual([]);
  const over = look(stillOut.state, stillOut.wakeAt!, { d1: T0 });
  expect(said(over)).toEqual([['raise', 'd1']]);
  const before = look(deviceOffline.initial(), T0 + RECHECK_MS, { d1: T0 - 3_600_000 }, { streetOut });
  expect(said(before)).toEqual([['raise', 'd1']]);
});
