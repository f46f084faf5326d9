import { describe, expect, it } from 'vitest';
import type { Payload } from '../../schemas/channels.ts';
import { aContext, aHome, anEvent, T0 } from '../../tests/support/detector-world.ts';
import { deviceFault } from './device-fault.ts';
import { fall } from './fall.ts';
import { LOW_PCT, lowBattery, RECOVERED_PCT } from './low-battery.ts';
import { reply } from './reply.ts';
import { serviceRequest } from './service-request.ts';
import { sos } from './sos.ts';

const home = aHome([{ deviceId: 'd1', kind: 'sos_button', zone: '卧室' }]);
const context = aContext(home);

describe('sos', () => {
  it('a press is a call of priority 1, in every mode', () => {
    for (const mode of ['home', 'leave', 'hospital', 'maintenance', 'test'] as const) {
      const { signals } = sos.step(
        sos.initial(),
        anEvent('sos', { action: 'press' }),
        aContext({ ...home, mode }),
      );
      expect(signals).toMatchObject([{ kind: 'sos', priority: 1, effect: 'call', dedupKey: 'h1:emergency' }]);
      expect(signals[0]?.test ?? false).toBe(mode === 'test');
    }
  });
  it('every repeat is a signal of its own (Traccar: a second SOS is no duplicate)', () => {
    const signals = [1, 2, 3].flatMap(
      () => sos.step(sos.initial(), anEvent('sos', { action: 'press' }), context).signals,
    );
    expect(new Set(signals.map((signal) => signal.evidence[0]?.messageId)).size).toBe(3);
  });
  it('a cancel is evidence against and opens nothing', () => {
    const { signals } = sos.step(sos.initial(), anEvent('sos', { action: 'cancel' }), context);
    expect(signals).toMatchObject([{ effect: 'support', evidence: [{ for: false }] }]);
  });
  it('says in words where it was pressed, whatever the installer has called the room', () => {
    const textIn = (zone: string): string | undefined => {
      const pressed = aContext(aHome([{ deviceId: 'd1', kind: 'sos_button', zone }]));
      const { signals } = sos.step(sos.initial(), anEvent('sos', { action: 'press' }), pressed);
      return signals[0]?.evidence[0]?.text;
    };
    expect(['bathroom', 'master_bedroom', '卧室', '阳台'].map(textIn)).toEqual([
      '一键呼叫（卫生间）',
      '一键呼叫（卧室）',
      '一键呼叫（卧室）',
      '一键呼叫（阳台）',
    ]);
  });
  it('a request that does not say for what is a press', () => {
    expect(sos.step(sos.initial(), anEvent('sos', { action: 'service' }), context).signals).toHaveLength(1);
    expect(serviceRequest.step(null, anEvent('sos', { action: 'service' }), context).signals).toEqual([]);
  });
});

it.each([
  ['urgent', 2],
  ['medical', 2],
  ['meal', 3],
  ['repair', 3],
] as const)('a request for %s is priority %d', (service, priority) => {
  const event = anEvent('sos', { action: 'service', service });
  expect(sos.step(sos.initial(), event, context).signals).toEqual([]);
  expect(serviceRequest.step(null, event, context).signals).toMatchObject([
    { kind: 'service_request', priority, service, dedupKey: `h1:service:${service}` },
  ]);
});

it('a suspected fall is to be verified, a confirmed one is not, a cleared one is the resident speaking', () => {
  const said = (state: 'suspected' | 'confirmed' | 'cleared') =>
    fall.step(fall.initial(), anEvent('fall', { source: 'wearable', state }), context).signals[0];
  expect(said('suspected')).toMatchObject({ priority: 2, effect: 'raise', verify: true });
  expect(said('confirmed')).toMatchObject({ priority: 1, effect: 'raise' });
  expect(said('confirmed')?.verify).toBeUndefined();
  expect(said('cleared')).toMatchObject({ effect: 'clear', kind: 'fall' });
});

it('a cry for help in answer to a prompt is a call, an "ok" is support', () => {
  const said = (answer: 'ok' | 'help') =>
    reply.step(null, anEvent('reply', { promptId: 'q', answer }), context).signals[0];
  expect(said('help')).toMatchObject({ effect: 'call', priority: 1, answer: 'help' });
  expect(said('ok')).toMatchObject({ effect: 'support', answer: 'ok', promptId: 'q' });
});

describe('low battery', () => {
  const say = (state: { low: Record<string, number> }, battery: number, afterMs = 0) =>
    lowBattery.step(state, anEvent('status', { battery }, { occurredAt: T0 + afterMs }), context);
  it(`is said at ${LOW_PCT} %, once, and taken back at ${RECOVERED_PCT} %`, () => {
    expect(say({ low: {} }, LOW_PCT + 1).signals).toEqual([]);
    const low = say({ low: {} }, LOW_PCT);
    expect(low.signals).toMatchObject([{ kind: 'low_battery', dedupKey: 'd1:low_battery', effect: 'raise' }]);
    expect(say(low.state, 5, 1000).signals).toEqual([]);
    expect(say(low.state, RECOVERED_PCT - 1, 2000).signals).toEqual([]);
    expect(say(low.state, RECOVERED_PCT, 3000).signals).toMatchObject([{ effect: 'clear' }]);
  });
  it('is priority 3 when the device is the only way to call for help, else 4', () => {
    expect(say({ low: {} }, 10).signals[0]?.priority).toBe(3);
    const two = aContext(aHome([...home.devices.values(), { deviceId: 'd2', kind: 'wearable' }]));
    expect(lowBattery.step({ low: {} }, anEvent('status', { battery: 9 }), two).signals[0]?.priority).toBe(4);
  });
});

it('a fault is said once and ends when the last of the faults is taken back', () => {
  let state = deviceFault.initial();
  const say = (payload: Payload<'status'>) => {
    const step = deviceFault.step(state, anEvent('status', payload), context);
    state = step.state;
    return step.signals.map((signal) => signal.effect);
  };
  expect(say({ fault: 'E7' })).toEqual(['raise']);
  expect(say({ fault: 'E7' })).toEqual([]);
  expect(say({ tamper: true })).toEqual(['raise']);
  expect(say({ fault: '' })).toEqual([]);
  expect(say({ online: true })).toEqual([]);
  expect(say({ tamper: false })).toEqual(['clear']);
  expect(say({ selfTest: 'fail' })).toEqual(['raise']);
  expect(say({ selfTest: 'pass' })).toEqual(['clear']);
});
