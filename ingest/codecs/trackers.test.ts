import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isChannel } from '../../schemas/channels.ts';
import { fits } from '../decode/check.ts';
import { toWgs84 } from '../../schemas/datum.ts';
import { atomWatch } from './atom-watch.ts';
import type { Codec, CodecDevice, CodecItem } from './codec.ts';
import { CODECS } from './registry.ts';
import { tasmota } from './tasmota.ts';
import { traccar } from './traccar.ts';

const DEVICES: Record<string, CodecDevice> = {
  '6907919734': { kind: 'wearable' },
  '358800005942033': { kind: 'wearable' },
  knopf: { kind: 'sos_button' },
  flur: { kind: 'pir', zone: 'hall' },
  radar: { kind: 'mmwave', zone: 'bedroom' },
};
function itemsOf(codec: Codec, topic: string, payload: unknown): readonly CodecItem[] {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const result = codec.decode({ topic, text, gatewayId: 'gw', device: (id) => DEVICES[id] });
  return 'items' in result ? result.items : [];
}
const shown = (items: readonly CodecItem[]) => items.map(({ channel, payload }) => [channel, payload]);

describe('Traccar’s forwarded JSON', () => {
  const position = {
    id: 41,
    deviceId: 3,
    protocol: 'watch',
    deviceTime: '2026-11-23T02:00:00.000+00:00',
    fixTime: '2026-11-23T02:00:00.000+00:00',
    outdated: false,
    valid: true,
    latitude: 22.5431,
    longitude: 114.0579,
    speed: 1.94384,
    accuracy: 12,
    attributes: { batteryLevel: 41, heartRate: 72, oxygen: 96, bodyTemp: 36.5 },
  };
  const device = { id: 3, uniqueId: '6907919734', name: '手表', attributes: {} };
  const sent = (more: object, of: object = {}) =>
    itemsOf(traccar, 'traccar/positions', {
      position: { ...position, ...more },
      device: { ...device, ...of },
    });

  it('is a position in metres a second, and vitals beside it', () => {
    const common = { ts: position.fixTime, battery: 41 };
    expect(shown(sent({}))).toEqual([
      ['vitals', { heartRateBpm: 72, spo2Pct: 96, temperatureC: 36.5, ...common, id: '41-vitals' }],
      ['location', { lat: 22.5431, lon: 114.0579, accuracyM: 12, speedMps: 1, ...common, id: '41-location' }],
    ]);
  });

  it('an alarm of help is a press, and its position is told as well', () => {
    const [press, ...rest] = sent({ attributes: { alarm: 'sos,lowBattery' } });
    expect(press).toMatchObject({ channel: 'sos', payload: { action: 'press', batteryLow: true } });
    expect(rest.map(({ channel }) => channel)).toEqual(['location']);
  });

  it('the event that repeats a position is the same messages again, so that either may be forwarded, or both', () => {
    const alarm = { ...position, attributes: { alarm: 'sos', batteryLevel: 41 } };
    const event = {
      id: 9,
      type: 'alarm',
      eventTime: '2026-11-23T02:00:01.000+00:00',
      attributes: { alarm: 'sos' },
    };
    const ofEvent = itemsOf(traccar, 'traccar/events', { event, position: alarm, device });
    expect(ofEvent).toEqual(itemsOf(traccar, 'traccar/positions', { position: alarm, device }));
    expect(ofEvent[0]).toMatchObject({ channel: 'sos', payload: { id: '41-sos' } });
  });

  it('a second call in the next position is a second call (Traccar’s default filter drops it)', () => {
    const [first] = sent({ attributes: { alarm: 'sos' } });
    const [second] = sent({ id: 42, attributes: { alarm: 'sos' } });
    expect([first?.payload['id'], second?.payload['id']]).toEqual(['41-sos', '42-sos']);
  });

  it('without a fix there is no position, and zero is none', () => {
    for (const more of [{ valid: false }, { latitude: 0, longitude: 0 }, { outdated: true }])
      expect(sent({ ...more, attributes: {} }).map(({ channel }) => channel)).toEqual(['status']);
  });

  it('a fall is suspected, a watch taken off is tampering, offline is offline', () => {
    expect(sent({ valid: false, attributes: { alarm: 'fallDown' } })[0]).toMatchObject({
      channel: 'fall',
      payload: { source: 'wearable', state: 'suspected' },
    });
    expect(sent({ attributes: { alarm: 'removing' } }).at(-1)).toMatchObject({ payload: { tamper: true } });
    const event = { id: 10, type: 'deviceOffline', attributes: {} };
    expect(itemsOf(traccar, 'traccar/events', { event, device })).toMatchObject([
      { channel: 'status', payload: { online: false } },
    ]);
  });

  it('a tracker that is known to send GCJ-02 is marked so, to be converted', () => {
    expect(sent({ attributes: {} }, { attributes: { datum: 'gcj02' } })[0]?.payload).toMatchObject({
      datum: 'gcj02',
    });
  });

  const vectors = resolve(import.meta.dirname, '../../../shared/data/traccar-device-vectors/vectors.json');
  it.runIf(existsSync(vectors))('every alarm that Traccar’s own tests expect has its meaning here', () => {
    const known = JSON.parse(readFileSync(vectors, 'utf8')) as { expect: string }[];
    const alarms = new Set(known.flatMap(({ expect: text }) => text.match(/ALARM_[A-Z_]+/g) ?? []));
    const named = [...alarms].map((name) =>
      name
        .slice(6)
        .toLowerCase()
        .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    );
    const meaning = Object.fromEntries(
      named.map((alarm) => [
        alarm,
        sent({ valid: false, attributes: { alarm } }).map(({ channel }) => channel)[0],
      ]),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(meaning['sos']).toBe('sos');
    const calls = Object.entries(meaning).filter(([, channel]) => channel === 'sos');
    expect(calls).toEqual([['sos', 'sos']]);
    expect(sent({ valid: false, attributes: { alarm: 'lowBattery' } })[0]?.payload).toMatchObject({
      batteryLow: true,
    });
  });
});

describe('the G616 family of watches', () => {
  const sample = {
    imei: '358800005942033',
    stepCount: '1618',
    temperature: '36.0',
    heartRate: '96',
    bpSystolic: '122',
    bpDiastolic: '83',
    bloodOxygen: '98',
    battery: '36',
    sos: true,
    speed: '0.00',
    locationDate: '230817',
    locationTime: '091856',
    location: '113.4945307,22.2248915',
    isWearing: true,
    isOnline: true,
  };
  const sent = (more: object = {}) =>
    itemsOf(atomWatch, 'atom/g616/status/358800005942033', { ...sample, ...more });

  it('sends numbers as text, a level instead of a press, and GCJ-02 instead of WGS-84', () => {
    const common = { battery: 36, wearing: true };
    expect(shown(sent())).toEqual([
      ['sos', { action: 'press', sosLevel: true, ...common }],
      ['location', { lat: 22.2248915, lon: 113.4945307, datum: 'gcj02', speedMps: 0, ...common }],
      [
        'vitals',
        {
          heartRateBpm: 96,
          spo2Pct: 98,
          systolicMmHg: 122,
          diastolicMmHg: 83,
          temperatureC: 36,
          quality: 0.5,
          ...common,
        },
      ],
      ['status', { online: true, ...common }],
    ]);
  });

  it('is some hundreds of metres off until it is converted', () => {
    const at = toWgs84({ lat: 22.2248915, lon: 113.4945307 }, 'gcj02');
    const offM = Math.hypot((at.lat - 22.2248915) * 111_320, (at.lon - 113.4945307) * 103_000);
    expect(offM).toBeGreaterThan(300);
    expect(offM).toBeLessThan(900);
  });

  it('tells when the level has gone, and takes what was not measured for nothing', () => {
    const quiet = sent({
      sos: false,
      location: '',
      heartRate: '0',
      bloodOxygen: '0',
      bpSystolic: '',
      bpDiastolic: null,
      temperature: '0.0',
    });
    expect(shown(quiet)).toEqual([['status', { online: true, sosLevel: false, battery: 36, wearing: true }]]);
  });
});

describe('Tasmota', () => {
  it('a button is a press, its telemetry none; a switch is a sensor’s level', () => {
    expect(itemsOf(tasmota, 'tasmota/knopf/stat/RESULT', { Button1: { Action: 'SINGLE' } })).toMatchObject([
      { channel: 'sos', payload: { action: 'press', gesture: 'SINGLE' } },
    ]);
    expect(
      itemsOf(tasmota, 'tasmota/tele/knopf/STATE', {
        Time: '2026-11-23T10:00:00',
        POWER: 'ON',
        Wifi: { Signal: -61 },
      }),
    ).toMatchObject([{ channel: 'status', payload: { online: true, rssiDbm: -61 } }]);
    for (const payload of [{ Switch1: { Action: 'ON' } }, { Switch1: 'ON' }])
      expect(itemsOf(tasmota, 'tasmota/flur/tele/SENSOR', payload)).toMatchObject([
        { channel: 'presence', payload: { sensor: 'pir', zone: 'hall', occupied: true } },
      ]);
    expect(
      itemsOf(tasmota, 'tasmota/radar/tele/SENSOR', { LD2410: { Moving: [0, 0], Static: [70, 55] } }),
    ).toMatchObject([{ channel: 'presence', payload: { sensor: 'mmwave', occupied: true } }]);
  });

  it('its will, its commands, and what cannot be read', () => {
    expect(itemsOf(tasmota, 'tasmota/flur/tele/LWT', 'Offline')).toMatchObject([
      { payload: { online: false } },
    ]);
    expect(
      tasmota.decode({
        topic: 'tasmota/flur/cmnd/POWER',
        text: '',
        gatewayId: 'gw',
        device: () => undefined,
      }),
    ).toEqual({
      ignored: 'command',
    });
    expect(itemsOf(tasmota, 'tasmota/knopf/stat/RESULT', '{"Button1":')).toMatchObject([
      { channel: 'sos', marks: ['unreadable'] },
    ]);
  });
});

it.each([...CODECS.keys()])('%s never throws, and makes nothing that does not fit its channel', (name) => {
  const codec = CODECS.get(name);
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('sos', 'ON', '-1', '1e9', 'NaN', true, '113.4,22.2'),
  );
  const keys = fc.constantFrom(
    ...'imei sos battery location heartRate temperature speed isOnline position device event attributes uniqueId alarm'.split(
      ' ',
    ),
    ...'latitude longitude accuracy valid batteryLevel Switch1 Button1 LD2410 Wifi Signal Action action occupancy'.split(
      ' ',
    ),
  );
  const object = fc.dictionary(
    keys,
    fc.oneof(value, fc.dictionary(keys, fc.oneof(value, fc.dictionary(keys, value)))),
  );
  const topics = fc.constantFrom(
    'a',
    'positions',
    'knopf/stat/RESULT',
    'flur/tele/SENSOR',
    'g616/status/358800005942033',
  );
  fc.assert(
    fc.property(topics, object, (topic, payload) => {
      const with_ = 'device' in payload ? payload : { ...payload, device: { uniqueId: '6907919734' } };
      for (const item of itemsOf(codec as Codec, `${name}/${topic}`, with_)) {
        expect(isChannel(item.channel)).toBe(true);
        const { ts: _, ...rest } = item.payload;
        expect([item, fits(item.channel, rest)]).toEqual([item, true]);
      }
    }),
  );
});
