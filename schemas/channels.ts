import { z } from 'zod';
import { anyIsoTimeSchema } from './ids.ts';

/**
 * Payloads of the up channels (contract.md, *MQTT*). Unknown fields are kept and ignored (`looseObject`).
 * Numbers carry their unit in the name; bounds are inclusive and mean "physically conceivable", not "healthy".
 */
export const CHANNELS = [
  'sos',
  'presence',
  'fall',
  'motion',
  'vitals',
  'location',
  'status',
  'reply',
] as const;
export type Channel = (typeof CHANNELS)[number];
export const isChannel = (text: string): text is Channel => (CHANNELS as readonly string[]).includes(text);

/** Stored as a small number in `readings.channel`; positions never change. */
export const CHANNEL_NUMBER: Record<Channel, number> = {
  sos: 1,
  presence: 2,
  fall: 3,
  motion: 4,
  vitals: 5,
  location: 6,
  status: 7,
  reply: 8,
};

/** Largest payload taken as a message; beyond it, up to the next bound, a dead letter; beyond that the connection closes. Bytes, inclusive. */
export const MAX_PAYLOAD_BYTES = 16 * 1024;
export const MAX_DEAD_LETTER_BYTES = 256 * 1024;
export const MAX_CODEC_PAYLOAD_BYTES = 1024 * 1024;

export const SERVICES = [
  'meal',
  'bath',
  'clean',
  'urgent',
  'mobility',
  'medical',
  'care',
  'errand',
  'repair',
] as const;
export type Service = (typeof SERVICES)[number];
export const serviceSchema = z.enum(SERVICES);

const common = {
  /** A repeat of the same `id` and content from one device within 7 days is the same message. */
  id: z.string().min(1).max(64).optional(),
  /** Device's event time: integer ms since the epoch, or ISO 8601. Absent: the device has no clock. */
  ts: z.union([z.int(), anyIsoTimeSchema]).optional(),
  battery: z.number().min(0).max(100).optional(),
};

export const sosPayload = z.looseObject({
  ...common,
  action: z.enum(['press', 'cancel', 'service']),
  service: serviceSchema.optional(),
});
export const presencePayload = z.looseObject({
  ...common,
  sensor: z.enum(['pir', 'camera', 'mmwave', 'door', 'bed']),
  zone: z.string().min(1).max(64),
  occupied: z.boolean(),
  count: z.int().min(0).max(1000).optional(),
  posture: z.enum(['standing', 'sitting', 'lying']).optional(),
});
export const fallPayload = z.looseObject({
  ...common,
  source: z.enum(['wearable', 'mmwave', 'camera']),
  state: z.enum(['suspected', 'confirmed', 'cleared']),
  confidence: z.number().min(0).max(1).optional(),
});

const MAX_MOTION_SAMPLES = 4096;
const samplesG = z.array(z.number().min(-64).max(64)).min(1).max(MAX_MOTION_SAMPLES);
export const motionPayload = z
  .looseObject({ ...common, hz: z.number().positive().max(1000), x: samplesG, y: samplesG, z: samplesG })
  .refine((m) => m.x.length === m.y.length && m.y.length === m.z.length, {
    message: 'x, y and z must have equal length',
    path: ['x'],
  });

const VITAL_FIELDS = [
  'heartRateBpm',
  'spo2Pct',
  'systolicMmHg',
  'diastolicMmHg',
  'respirationPerMin',
  'temperatureC',
  'glucoseMmolL',
  'consciousness',
] as const;
export const vitalsPayload = z
  .looseObject({
    ...common,
    heartRateBpm: z.number().min(0).max(400).optional(),
    spo2Pct: z.number().min(0).max(100).optional(),
    systolicMmHg: z.number().min(0).max(400).optional(),
    diastolicMmHg: z.number().min(0).max(300).optional(),
    respirationPerMin: z.number().min(0).max(150).optional(),
    temperatureC: z.number().min(10).max(50).optional(),
    glucoseMmolL: z.number().min(0).max(100).optional(),
    consciousness: z.enum(['A', 'C', 'V', 'P', 'U']).optional(),
    onOxygen: z.boolean().optional(),
    quality: z.number().min(0).max(1).optional(),
  })
  .refine((v) => VITAL_FIELDS.some((field) => v[field] !== undefined), {
    message: `at least one of ${VITAL_FIELDS.join(', ')}`,
  });
export const locationPayload = z.looseObject({
  ...common,
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  accuracyM: z.number().min(0).max(1_000_000).optional(),
  datum: z.enum(['wgs84', 'gcj02', 'bd09']).optional(),
  speedMps: z.number().min(0).max(1000).optional(),
});
export const statusPayload = z.looseObject({
  ...common,
  online: z.boolean().optional(),
  rssiDbm: z.number().min(-200).max(50).optional(),
  firmware: z.string().max(128).optional(),
  fault: z.union([z.string().max(256), z.boolean()]).optional(),
  tamper: z.boolean().optional(),
  selfTest: z.enum(['pass', 'fail']).optional(),
});
export const replyPayload = z.looseObject({
  ...common,
  promptId: z.string().min(1).max(64),
  answer: z.enum(['ok', 'help']),
});

export const channelPayloads = {
  sos: sosPayload,
  presence: presencePayload,
  fall: fallPayload,
  motion: motionPayload,
  vitals: vitalsPayload,
  location: locationPayload,
  status: statusPayload,
  reply: replyPayload,
} as const satisfies Record<Channel, z.ZodType>;

export type Payload<C extends Channel> = z.infer<(typeof channelPayloads)[C]>;

/** Down, on `cmd`. Extra fields of a `configure` are the device's business. */
export const commandPayload = z.discriminatedUnion('cmd', [
  z.looseObject({
    cmd: z.literal('prompt'),
    promptId: z.string().min(1).max(64),
    text: z.string().min(1).max(500),
    answerWithinMs: z.int().positive(),
  }),
  z.looseObject({ cmd: z.literal('configure') }),
  z.looseObject({ cmd: z.literal('led') }),
  z.looseObject({ cmd: z.literal('siren') }),
]);
export type CommandPayload = z.infer<typeof commandPayload>;
