import { expect, it } from 'vitest';
import type { Payload } from '../../schemas/channels.ts';
import { aContext, aHome, anEvent, T0 } from '../../tests/support/detector-world.ts';
import { deviceFault } from './device-fault.ts';
import { fall } from './fall.ts';
import { LEVEL_RUN_MS } from './level.ts';
import { lowBattery } from './low-battery.ts';
import { sos } from './sos.ts';

const context = aContext(aHome([{ deviceId: 'd1', kind: 'sos_button' }]));

it('a call button that repeats a level calls once, again after the release, and again when the release got lost', () => {
  let state = sos.initial();
  const on = (afterMs: number, deviceId = 'd1') => {
    const payload = { action: 'press', sosLevel: true } as Payload<'sos'>;
    const step = sos.step(state, anEvent('sos', payload, { occurredAt: T0 + afterMs, deviceId }), context);
    state = step.state;
    return step.signals.length;
  };
  const off = (afterMs: number) => {
    const payload = { online: true, sosLevel: false } as Payload<'status'>;
    state = sos.step(state, anEvent('status', payload, { occurredAt: T0 + afterMs }), context).state;
  };
  expect([on(0), on(1000), on(50_000), on(100_000)]).toEqual([1, 0, 0, 0]);
  expect(on(100_001, 'd2')).toBe(1);
  off(110_000);
  expect([on(111_000), on(112_000)]).toEqual([1, 0]);
  expect([on(112_000 + LEVEL_RUN_MS - 1), on(112_000 + 3 * LEVEL_RUN_MS)]).toEqual([0, 1]);
});

it('a button that says "press" each time calls each time, whatever levels there were', () => {
  const level = { action: 'press', sosLevel: true } as Payload<'sos'>;
  const { state } = sos.step(sos.initial(), anEvent('sos', level), context);
  expect(sos.step(state, anEvent('sos', { action: 'press' }), context).signals).toHaveLength(1);
});

it('a radar that repeats its fall says it once, and that it is certain once more', () => {
  let state = fall.initial();
  const say = (said: 'suspected' | 'confirmed' | 'cleared', afterMs: number) => {
    const payload = { source: 'mmwave', state: said, fallLevel: true } as Payload<'fall'>;
    const step = fall.step(state, anEvent('fall', payload, { occurredAt: T0 + afterMs }), context);
    state = step.state;
    return step.signals.map(({ priority }) => priority);
  };
  expect([
    say('suspected', 0),
    say('suspected', 5000),
    say('confirmed', 60_000),
    say('confirmed', 65_000),
  ]).toEqual([[2], [], [1], []]);
  say('cleared', 70_000);
  expect(say('suspected', 75_000)).toEqual([2]);
});

it('a battery that is only called low is low, and tampering is told on any channel', () => {
  const low = anEvent('presence', {
    sensor: 'pir',
    zone: 'x',
    occupied: true,
    batteryLow: true,
  } as Payload<'presence'>);
  expect(lowBattery.step(lowBattery.initial(), low, context).signals).toMatchObject([
    { kind: 'low_battery' },
  ]);
  const opened = anEvent('presence', {
    sensor: 'pir',
    zone: 'x',
    occupied: true,
    tamper: true,
  } as Payload<'presence'>);
  expect(deviceFault.step(deviceFault.initial(), opened, context).signals).toMatchObject([
    { kind: 'device_fault' },
  ]);
  const odd = anEvent('vitals', {
    heartRateBpm: 60,
    tamper: 'no',
    fault: 'x',
  } as unknown as Payload<'vitals'>);
  expect(deviceFault.step(deviceFault.initial(), odd, context).signals).toEqual([]);
});
