import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fits } from '../decode/check.ts';
import type { CodecDevice, CodecItem } from './codec.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

const DEVICES: Record<string, CodecDevice> = {
  button: { kind: 'sos_button' },
  'bad/PIR': { kind: 'pir', zone: 'bathroom' },
  radar: { kind: 'mmwave', zone: 'bedroom' },
  fall: { kind: 'fall_detector', zone: 'living' },
  door: { kind: 'door', zone: 'entrance' },
  pad: { kind: 'bed', zone: 'bedroom' },
  wall: { kind: 'gateway' },
};
const decode = (name: string, payload: unknown) =>
  zigbee2mqtt.decode({
    topic: `zigbee2mqtt/${name}`,
    text: typeof payload === 'string' ? payload : JSON.stringify(payload),
    gatewayId: 'gw',
    device: (id) => DEVICES[id],
  });
const items = (name: string, payload: unknown): readonly CodecItem[] => {
  const result = decode(name, payload);
  return 'items' in result ? result.items : [];
};
const one = (name: string, payload: unknown): [string, Record<string, unknown>] => {
  const [item, ...rest] = items(name, payload);
  expect(rest).toEqual([]);
  return [item?.channel ?? '', item?.payload ?? {}];
};

describe('Zigbee2MQTT', () => {
  it('knows the three families of call buttons', () => {
    expect(one('button', { action: 'emergency', battery: 100, linkquality: 120 })).toEqual([
      'sos',
      { action: 'press', gesture: 'emergency', battery: 100, linkquality: 120 },
    ]);
    expect(one('button', { sos: true, battery_low: false, tamper: false })).toEqual([
      'sos',
      { action: 'press', sosLevel: true, batteryLow: false, tamper: false },
    ]);
    for (const action of ['single', 'double', 'hold', 'long_press', 'panic', 'sos'])
      expect(one('button', { action })).toMatchObject(['sos', { action: 'press' }]);
  });

  it('takes a wall switch’s click for no call, and a keypad’s panic for one', () => {
    expect(one('wall', { action: 'single' })[0]).toBe('status');
    expect(one('wall', { action: 'panic' })[0]).toBe('sos');
    for (const action of ['off', 'disarm', 'arm_all_zones', '', null])
      expect(one('button', { action })[0]).toBe('status');
  });

  it('tells when the level of a call button has gone', () => {
    expect(one('button', { sos: false, battery: '41' })).toEqual([
      'status',
      { online: true, sosLevel: false, battery: 41 },
    ]);
    expect(one('button', { sos_alarm: 'ON' })).toMatchObject(['sos', { sosLevel: true }]);
  });

  it.each<[string, unknown, Record<string, unknown>]>([
    ['bad/PIR', { occupancy: true, illuminance: 12 }, { sensor: 'pir', zone: 'bathroom', occupied: true }],
    ['bad/PIR', { occupancy: 'false' }, { sensor: 'pir', occupied: false }],
    [
      'radar',
      { presence: true, target_distance: 2.1 },
      { sensor: 'mmwave', zone: 'bedroom', occupied: true },
    ],
    ['radar', { presence_state: 'none' }, { sensor: 'mmwave', occupied: false }],
    ['radar', { state: 'move' }, { occupied: true }],
    ['fall', { status: 'sitting' }, { sensor: 'mmwave', occupied: true, posture: 'sitting' }],
    ['fall', { status: 'on_the_bed' }, { occupied: true, posture: 'lying' }],
    ['door', { contact: false }, { sensor: 'door', zone: 'entrance', occupied: true }],
    ['door', { contact: true, vibration: true }, { sensor: 'door', occupied: false }],
    ['pad', { contact: true }, { sensor: 'bed', zone: 'bedroom', occupied: true }],
    ['pad', { vibration: true }, { sensor: 'pir', zone: 'bedroom', occupied: true }],
  ])('%s %j is presence', (name, payload, expected) => {
    expect(one(name, payload)).toMatchObject(['presence', expected]);
  });

  it('knows the falls of the three radars, and that Aqara’s falling thing is none', () => {
    expect(one('fall', { fall_status: 'fall_warning', occupancy: true })).toMatchObject([
      'fall',
      { source: 'mmwave', state: 'suspected', fallLevel: true },
    ]);
    expect(one('fall', { fall_status: 'fall_alarm' })).toMatchObject(['fall', { state: 'confirmed' }]);
    expect(one('fall', { fall_down_status: 'maybe_fall' })).toMatchObject(['fall', { state: 'suspected' }]);
    expect(one('fall', { fall_down_status: 'fall' })).toMatchObject(['fall', { state: 'confirmed' }]);
    expect(one('fall', { fall_status: 'normal', occupancy: true })[0]).toBe('presence');
    expect(one('wall', { action: 'fall' })[0]).toBe('status');
  });

  it('reads breath and pulse of a radar beside its presence, and zero as nothing', () => {
    expect(items('fall', { status: 'falling', breathing_rate: '14' }).map((i) => i.channel)).toEqual([
      'fall',
      'vitals',
    ]);
    expect(
      items('radar', { presence: true, breathing_rate: 0, heart_rate: 0 }).map((i) => i.channel),
    ).toEqual(['presence']);
  });

  it('takes the coordinator’s time where it is published', () => {
    expect(one('button', { action: 'emergency', last_seen: '2026-11-23T08:00:00+08:00' })[1]).toMatchObject({
      ts: '2026-11-23T08:00:00+08:00',
    });
    expect(one('button', { action: 'emergency', last_seen: 'N/A' })[1]).not.toHaveProperty('ts');
  });

  it('knows availability, one topic a property, commands, and the bridge', () => {
    expect(one('bad/PIR/availability', { state: 'offline' })).toEqual(['status', { online: false }]);
    expect(one('bad/PIR/availability', 'online')).toEqual(['status', { online: true }]);
    expect(one('button/action', 'emergency')).toMatchObject(['sos', { action: 'press' }]);
    expect(one('bad/PIR/occupancy', 'true')).toMatchObject(['presence', { occupied: true }]);
    expect(decode('bad/PIR/set', '{}')).toEqual({ ignored: 'command' });
    expect(decode('bridge/logging', '{"message":"x"}')).toEqual({ ignored: 'bridge' });
    expect(one('bridge/state', 'offline')).toEqual(['status', { online: false }]);
  });

  it('an unreadable message of a call button is a press, of anything else a dead letter', () => {
    expect(items('button', '{"action":')).toMatchObject([{ channel: 'sos', marks: ['unreadable'] }]);
    expect(decode('radar', '{"presence":')).toMatchObject({ refused: 'not_json', externalId: 'radar' });
  });

  it('a door that shakes has not been opened', () => {
    expect(one('door', { vibration: true })[0]).toBe('status');
  });

  const exposes = resolve(import.meta.dirname, '../../../shared/data/zigbee2mqtt-exposes/care_devices.json');
  it.runIf(existsSync(exposes))('every call button known to zigbee-herdsman-converters can call', () => {
    const known = JSON.parse(readFileSync(exposes, 'utf8')) as {
      kind: string;
      model: string;
      properties: { property: string; values?: string[] }[];
    }[];
    const silent = known
      .filter(({ kind }) => kind === 'sos')
      .filter(({ properties }) => {
        const says = properties.flatMap(({ property, values }) =>
          property === 'action'
            ? (values ?? []).map((value): Record<string, unknown> => ({ action: value }))
            : ['sos', 'sos_alarm'].includes(property)
              ? [{ [property]: true }]
              : [],
        );
        return !says.some((payload) => one('button', payload)[0] === 'sos');
      });
    expect(silent.map(({ model }) => model)).toEqual([]);
  });

  it('makes nothing that does not fit its channel', () => {
    const odd = [null, '', 'x', -1, 1e9, true, false, [], {}, 'NaN', '55', 'fall_alarm', 'emergency'];
    const names = [
      'action',
      'sos',
      'occupancy',
      'presence',
      'state',
      'status',
      'contact',
      'battery',
      'tamper',
    ];
    for (const name of [
      ...names,
      'fall_status',
      'breathing_rate',
      'heart_rate',
      'last_seen',
      'vibration',
      'water_leak',
    ])
      for (const value of odd)
        for (const device of Object.keys(DEVICES))
          for (const { channel, payload } of items(device, { [name]: value }))
            expect([name, value, fits(channel, payload)]).toEqual([name, value, true]);
  });
});
