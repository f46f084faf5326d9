import type { Channel } from './channels.ts';

/**
 * Good and bad payloads of every channel, shared by tests, the simulator and the documents. A bad one says what is
 * wrong with it; `path` is where the schema must point.
 */
export interface GoodExample {
  name: string;
  payload: Record<string, unknown>;
}
export interface BadExample {
  name: string;
  payload: unknown;
  path: string;
}

export const goodExamples: Record<Channel, readonly GoodExample[]> = {
  sos: [
    { name: 'a press', payload: { id: 'p-1', ts: 1_790_000_000_000, action: 'press' } },
    { name: 'a press of a button without clock or memory', payload: { action: 'press' } },
    { name: 'the press taken back', payload: { id: 'p-2', action: 'cancel', battery: 71 } },
    { name: 'a meal is asked for', payload: { action: 'service', service: 'meal' } },
    { name: 'unknown fields are kept', payload: { action: 'press', vendor: { model: 'TS0215A' } } },
  ],
  presence: [
    { name: 'infrared in the bathroom', payload: { sensor: 'pir', zone: 'bathroom', occupied: true } },
    {
      name: 'radar sees somebody lying',
      payload: { sensor: 'mmwave', zone: 'living', occupied: true, count: 1, posture: 'lying' },
    },
    {
      name: 'the door has closed',
      payload: { sensor: 'door', zone: 'entrance', occupied: false, ts: '2026-11-23T08:00:00+08:00' },
    },
    { name: 'somebody is in bed', payload: { sensor: 'bed', zone: 'bedroom', occupied: true, battery: 64 } },
  ],
  fall: [
    { name: 'a watch suspects', payload: { source: 'wearable', state: 'suspected', confidence: 0.82 } },
    { name: 'a camera is certain', payload: { source: 'camera', state: 'confirmed' } },
    { name: 'the wearer pressed "I am fine"', payload: { source: 'wearable', state: 'cleared' } },
  ],
  motion: [
    { name: 'a short window at rest', payload: { hz: 50, x: [0, 0.01], y: [0, -0.01], z: [1, 0.99] } },
  ],
  vitals: [
    { name: 'a cuff', payload: { systolicMmHg: 128, diastolicMmHg: 79, heartRateBpm: 72 } },
    { name: 'a finger clip', payload: { spo2Pct: 97, heartRateBpm: 68, quality: 0.95 } },
    {
      name: 'everything NEWS2 knows',
      payload: {
        respirationPerMin: 16,
        spo2Pct: 96,
        onOxygen: false,
        systolicMmHg: 120,
        heartRateBpm: 70,
        consciousness: 'A',
        temperatureC: 36.6,
      },
    },
    { name: 'a glucometer', payload: { glucoseMmolL: 5.4 } },
  ],
  location: [
    { name: 'a fix', payload: { lat: 22.5431, lon: 114.0579, accuracyM: 12 } },
    {
      name: 'a watch with a map provider of the mainland',
      payload: { lat: 22.5431, lon: 114.0579, accuracyM: 30, datum: 'gcj02', speedMps: 0.8 },
    },
  ],
  status: [
    { name: 'a heartbeat', payload: { online: true, battery: 88, rssiDbm: -61, firmware: '1.4.2' } },
    { name: 'the last will', payload: { online: false } },
    { name: 'opened', payload: { tamper: true } },
    { name: 'the weekly self-test failed', payload: { selfTest: 'fail' } },
  ],
  reply: [
    { name: 'I am fine', payload: { promptId: 'q-1', answer: 'ok' } },
    { name: 'help', payload: { promptId: 'q-1', answer: 'help' } },
  ],
};

export const badExamples: Record<Channel, readonly BadExample[]> = {
  sos: [
    { name: 'an action nobody knows', payload: { action: 'hug' }, path: 'action' },
    { name: 'a battery over 100', payload: { action: 'press', battery: 101 }, path: 'battery' },
    { name: 'an id of 65 characters', payload: { action: 'press', id: 'x'.repeat(65) }, path: 'id' },
    { name: 'a date that is no date', payload: { action: 'press', ts: 'yesterday' }, path: 'ts' },
  ],
  presence: [
    { name: 'no zone', payload: { sensor: 'pir', occupied: true }, path: 'zone' },
    {
      name: 'occupied as text',
      payload: { sensor: 'pir', zone: 'bathroom', occupied: 'true' },
      path: 'occupied',
    },
    {
      name: 'a sensor nobody knows',
      payload: { sensor: 'nose', zone: 'bathroom', occupied: true },
      path: 'sensor',
    },
  ],
  fall: [
    {
      name: 'confidence in percent',
      payload: { source: 'wearable', state: 'suspected', confidence: 82 },
      path: 'confidence',
    },
  ],
  motion: [
    { name: 'axes of unequal length', payload: { hz: 50, x: [0, 0], y: [0], z: [1, 1] }, path: 'x' },
    { name: 'no samples', payload: { hz: 50, x: [], y: [], z: [] }, path: 'x' },
  ],
  vitals: [
    { name: 'nothing measured', payload: { quality: 1 }, path: '' },
    { name: 'saturation over 100 %', payload: { spo2Pct: 101 }, path: 'spo2Pct' },
    { name: 'a level of consciousness nobody knows', payload: { consciousness: 'X' }, path: 'consciousness' },
  ],
  location: [
    { name: 'no longitude', payload: { lat: 22.5 }, path: 'lon' },
    { name: 'latitude over 90', payload: { lat: 114.0579, lon: 22.5431 }, path: 'lat' },
  ],
  status: [{ name: 'online as a number', payload: { online: 1 }, path: 'online' }],
  reply: [{ name: 'no prompt', payload: { answer: 'ok' }, path: 'promptId' }],
};
