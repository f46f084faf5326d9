import { describe, expect, it } from 'vitest';
import { fits } from '../decode/check.ts';
import type { CodecDevice, CodecItem } from './codec.ts';
import { esphome } from './esphome.ts';

const DEVICES: Record<string, CodecDevice> = {
  'bath-button': { kind: 'sos_button' },
  radar: { kind: 'mmwave', zone: 'bathroom' },
  'floor2/pad': { kind: 'bed' },
  door: { kind: 'door', zone: 'entrance' },
  breath: { kind: 'health_monitor', zone: 'bedroom' },
  falls: { kind: 'fall_detector', zone: 'living' },
  board: { kind: 'pir', zone: 'kitchen' },
  'board/panic': { kind: 'sos_button' },
  'board/back_door': { kind: 'door', zone: 'kitchen' },
};
const decode = (path: string, text: string | undefined) =>
  esphome.decode({ topic: `esphome/${path}`, text, gatewayId: 'gw', device: (id) => DEVICES[id] });
const items = (path: string, text: string | undefined): readonly CodecItem[] => {
  const result = decode(path, text);
  return 'items' in result ? result.items : [];
};

/** As published by boards with these components (`mqtt: topic_prefix: esphome/NODE`). */
describe('ESPHome', () => {
  it.each<[string, string, Partial<CodecItem>]>([
    [
      'bath-button/binary_sensor/button/state',
      'ON',
      { externalId: 'bath-button', channel: 'sos', payload: { action: 'press', sosLevel: true } },
    ],
    [
      'bath-button/binary_sensor/button/state',
      'OFF',
      { channel: 'status', payload: { online: true, entity: 'button', sosLevel: false } },
    ],
    [
      'bath-button/event/button/state',
      '{"event_type":"long_press"}',
      { channel: 'sos', payload: { action: 'press', gesture: 'long_press' } },
    ],
    [
      'bath-button/event/button/state',
      '{"event_type":"release"}',
      { channel: 'status', payload: { online: true, entity: 'button', event: 'release' } },
    ],
    [
      'radar/binary_sensor/radar_has_target/state',
      'ON',
      { channel: 'presence', payload: { sensor: 'mmwave', zone: 'bathroom', occupied: true } },
    ],
    [
      'floor2/pad/binary_sensor/bed/state',
      'OFF',
      {
        externalId: 'floor2/pad',
        channel: 'presence',
        payload: { sensor: 'bed', zone: 'bedroom', occupied: false },
      },
    ],
    [
      'door/binary_sensor/contact/state',
      'ON',
      { channel: 'presence', payload: { sensor: 'door', zone: 'entrance', occupied: true } },
    ],
    [
      'breath/sensor/real_time_respiratory_rate/state',
      '14.0',
      { channel: 'vitals', payload: { respirationPerMin: 14 } },
    ],
    [
      'breath/sensor/real_time_heart_rate/state',
      '71.50',
      { channel: 'vitals', payload: { heartRateBpm: 71.5 } },
    ],
    [
      'falls/binary_sensor/fall_detected/state',
      'ON',
      { channel: 'fall', payload: { source: 'mmwave', state: 'suspected', fallLevel: true } },
    ],
    ['radar/status', 'offline', { channel: 'status', payload: { online: false } }],
    ['floor2/pad/status', 'online', { externalId: 'floor2/pad', payload: { online: true } }],
    [
      'radar/sensor/wifi_signal/state',
      '-61',
      { channel: 'status', payload: { online: true, entity: 'wifi_signal', rssiDbm: -61 } },
    ],
    [
      'door/sensor/battery_level/state',
      '104',
      { payload: { online: true, entity: 'battery_level', battery: 100 } },
    ],
    ['door/binary_sensor/tamper/state', 'ON', { payload: { online: true, entity: 'tamper', tamper: true } }],
  ])('%s %s', (path, text, expected) => {
    const all = items(path, text);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject(expected);
    expect(all.every(({ channel, payload }) => fits(channel, payload))).toBe(true);
  });

  it('an entity may be a device of its own, and then is no part of its board', () => {
    expect(items('board/binary_sensor/panic/state', 'ON')).toMatchObject([
      { externalId: 'board/panic', channel: 'sos' },
    ]);
    expect(items('board/binary_sensor/back_door/state', 'ON')).toMatchObject([
      { externalId: 'board/back_door', payload: { sensor: 'door', zone: 'kitchen' } },
    ]);
    expect(items('board/binary_sensor/motion/state', 'ON')).toMatchObject([
      { externalId: 'board', payload: { sensor: 'pir' } },
    ]);
  });

  it('a radar that sees nobody moving says nothing of anybody’s leaving', () => {
    for (const part of ['radar_has_moving_target', 'still_target', 'moving_target', 'zone_1_occupancy'])
      expect(items(`radar/binary_sensor/${part}/state`, 'OFF')).toMatchObject([{ channel: 'status' }]);
  });

  it('no value, a value that is none, and what is not for us', () => {
    expect(items('breath/sensor/real_time_heart_rate/state', 'nan')).toMatchObject([{ channel: 'status' }]);
    expect(items('breath/sensor/real_time_heart_rate/state', '0')).toMatchObject([{ channel: 'status' }]);
    expect(decode('radar/binary_sensor/target/state', 'unknown')).toMatchObject({ refused: 'codec' });
    expect(decode('radar/status', '?')).toMatchObject({ refused: 'codec', externalId: 'radar' });
    expect(decode('radar/switch/relay/command', 'ON')).toEqual({ ignored: 'command' });
    expect(decode('radar/debug', '[I] x')).toEqual({ ignored: 'bridge' });
    expect(decode('discover/radar', '{}')).toEqual({ ignored: 'bridge' });
    expect(decode('radar/nonsense/x/state', 'ON')).toMatchObject({ refused: 'codec' });
    expect(decode('', undefined)).toMatchObject({ refused: 'codec' });
  });

  it('what cannot be read from a call button is a press', () => {
    for (const [path, text] of [
      ['bath-button/binary_sensor/button/state', 'PRESSED?'],
      ['bath-button/event/button/state', '{"event'],
      ['bath-button/binary_sensor/button/state', undefined],
    ] as const)
      expect(items(path, text)).toMatchObject([{ channel: 'sos', marks: ['unreadable'] }]);
  });
});
