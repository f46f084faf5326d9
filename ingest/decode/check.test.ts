import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Channel, channelPayloads, CHANNELS } from '../../schemas/channels.ts';
import { badExamples, goodExamples } from '../../schemas/examples.ts';
import { badSosFields, fits, misfit } from './check.ts';

const withoutTs = (payload: Record<string, unknown>) => {
  const { ts: _, ...rest } = payload;
  return rest;
};

/** Values near every limit of every schema, and of every wrong kind. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    'press',
    'cancel',
    'service',
    'meal',
    'repair',
    'pir',
    'bed',
    'nose',
    'bathroom',
    '',
    'x'.repeat(64),
    'x'.repeat(65),
    'standing',
    'lying',
    'wearable',
    'suspected',
    'cleared',
    'A',
    'U',
    'X',
    'wgs84',
    'bd09',
    'pass',
    'fail',
    'ok',
    'help',
    'q-1',
    'f'.repeat(256),
    'f'.repeat(257),
    true,
    false,
    null,
    {},
    [],
    [0],
    [1, 2],
    [65],
    Array(4097).fill(0),
    '5',
    -201,
    -200,
    -180.1,
    -180,
    -90,
    -64,
    -1,
    0,
    0.5,
    1,
    1.5,
    10,
    9.99,
    50,
    64,
    90,
    90.5,
    100,
    100.5,
    150,
    180,
    300,
    301,
    400,
    401,
    1000,
    1001,
    1_000_000,
    1_000_001,
    1e300,
  ),
  fc.jsonValue(),
);
const FIELDS = [
  'id',
  'battery',
  'action',
  'service',
  'sensor',
  'zone',
  'occupied',
  'count',
  'posture',
  'source',
  'state',
  'confidence',
  'hz',
  'x',
  'y',
  'z',
  'heartRateBpm',
  'spo2Pct',
  'systolicMmHg',
  'diastolicMmHg',
  'quality',
  'respirationPerMin',
  'temperatureC',
  'glucoseMmolL',
  'consciousness',
  'onOxygen',
  'lat',
  'lon',
  'accuracyM',
  'datum',
  'speedMps',
  'online',
  'rssiDbm',
  'firmware',
  'fault',
  'tamper',
  'selfTest',
  'promptId',
  'answer',
  'q',
];
const channel = fc.constantFrom<Channel>(...CHANNELS);

describe('the quick check of payloads', () => {
  it.each(CHANNELS)('gives the schema’s verdict on the shared examples of %s', (name) => {
    for (const { payload } of goodExamples[name]) expect(fits(name, payload)).toBe(true);
    for (const { payload, path } of badExamples[name])
      if (path !== 'ts') expect(fits(name, payload as Record<string, unknown>)).toBe(false);
  });

  it('gives the schema’s verdict on anything', () => {
    const payload = fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 6 });
    fc.assert(
      fc.property(channel, payload, (name, fields) => {
        expect(fits(name, fields)).toBe(channelPayloads[name].safeParse(fields).success);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives the schema’s verdict on a good payload with one field changed', () => {
    const seed = channel.chain((name) =>
      fc.tuple(fc.constant(name), fc.constantFrom(...goodExamples[name].map((e) => withoutTs(e.payload)))),
    );
    fc.assert(
      fc.property(seed, fc.constantFrom(...FIELDS), value, ([name, good], field, changed) => {
        const fields = { ...good, [field]: changed };
        const { success } = channelPayloads[name].safeParse(fields);
        expect(fits(name, fields)).toBe(success);
        if (!success) expect(misfit(name, fields)).not.toBe('');
      }),
      { numRuns: 3000 },
    );
  });

  it('names the bad fields of a press: exactly those whose removal mends it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('id', 'battery', 'action', 'service'), value, { maxKeys: 4 }),
        (fields) => {
          const bad = badSosFields(fields);
          const kept = Object.entries(fields).filter(([key]) => !bad.includes(key));
          const mended = { action: 'press', ...Object.fromEntries(kept) };
          expect(channelPayloads.sos.safeParse(mended).success).toBe(true);
          expect(bad.length > 0).toBe(!channelPayloads.sos.safeParse(fields).success);
        },
      ),
    );
  });
});
