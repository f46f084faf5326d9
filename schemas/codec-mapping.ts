import { z } from 'zod';
import { type Channel, channelPayloads, CHANNELS } from './channels.ts';
import { idSchema } from './ids.ts';

/**
 * A vendor's language as data: which of its messages says what on which of our channels. It is interpreted by
 * `ingest/codecs/declared.ts`; there are no expressions in it, and nothing that can loop.
 */
const path = z
  .string()
  .regex(/^[^.\s]{1,64}(\.[^.\s]{1,64}){0,7}$/, 'a path such as data.sensors.0.value, eight names at most');
const scalar = z.union([z.string().max(256), z.number(), z.boolean()]);

const condition = z.strictObject({
  path,
  equals: scalar.optional(),
  oneOf: z.array(scalar).min(1).max(32).optional(),
  exists: z.boolean().optional(),
  above: z.number().optional(),
  below: z.number().optional(),
});
export type MappingCondition = z.infer<typeof condition>;

const fieldValue = z.union([
  z.strictObject({ value: scalar }),
  /** What the registry says of the device. */
  z.strictObject({ registered: z.literal('zone') }),
  z.strictObject({
    path,
    /** What the vendor says (as text) → what we say; anything else counts as absent. */
    map: z.record(z.string().max(64), scalar).optional(),
    /** Numbers: times this, plus that. */
    scale: z.number().optional(),
    offset: z.number().optional(),
    /** If it is absent, or cannot be read. */
    otherwise: scalar.optional(),
  }),
]);
export type MappingValue = z.infer<typeof fieldValue>;

const messageRule = z.strictObject({
  /** All of them. */
  when: z.array(condition).max(8).optional(),
  channel: z.enum(CHANNELS),
  fields: z.record(z.string().max(64), fieldValue),
});
export type MessageRule = z.infer<typeof messageRule>;

const TOPIC = /^[^\s#]{1,200}$/;
export const codecMapping = z.strictObject({
  /** Below the codec's name; `{device}` stands for the device's `externalId`, `+` for any one level. */
  topic: z.string().regex(TOPIC, 'a topic such as acme/{device}/event; + for any level'),
  /** A list within the message of which each item is one message of its own. */
  each: path.optional(),
  /** Where the device's `externalId` is, if not in the topic. */
  device: path.optional(),
  /** Every rule that fits gives a message. */
  messages: z.array(messageRule).min(1).max(32),
  /** What becomes of a message that no rule fits. */
  otherwise: z.enum(['dead_letter', 'ignore']).optional(),
});
export type CodecMapping = z.infer<typeof codecMapping>;

export const codecBody = z.strictObject({
  id: idSchema.optional(),
  title: z.string().max(200).optional(),
  ...codecMapping.shape,
});

/** Codecs that are code, and names that are no codec's. */
export const TAKEN_CODEC_NAMES: readonly string[] = [
  'zigbee2mqtt',
  'traccar',
  'atom',
  'tasmota',
  'esphome',
  'care',
];
/** Codecs that are code; the others are declared. */
export const BUILT_IN_CODECS: readonly string[] = TAKEN_CODEC_NAMES.filter((name) => name !== 'care');

export interface MappingProblem {
  field: string;
  message: string;
}

/** What is wrong with a mapping beyond its form: found when it is saved, not when a device speaks. Pure. */
export function mappingProblems(id: string, mapping: CodecMapping): MappingProblem[] {
  const problems: MappingProblem[] = [];
  const levels = mapping.topic.split('/');
  if (TAKEN_CODEC_NAMES.includes(id)) problems.push({ field: 'id', message: `${id} is taken` });
  if (levels[0] !== id) problems.push({ field: 'topic', message: `must begin with ${id}/` });
  const named = levels.filter((level) => level === '{device}').length;
  if (named > 1 || levels.some((level) => /[{}+]/.test(level) && level !== '+' && level !== '{device}'))
    problems.push({ field: 'topic', message: '+ and {device} each take a whole level, {device} only once' });
  if ((named === 0) === (mapping.device === undefined))
    problems.push({
      field: 'device',
      message: 'say where the device is: {device} in topic, or device, not both',
    });
  for (const [index, rule] of mapping.messages.entries())
    problems.push(...ruleProblems(`messages.${index}`, rule));
  return problems;
}

function ruleProblems(at: string, { when = [], channel, fields }: MessageRule): MappingProblem[] {
  const problems: MappingProblem[] = [];
  for (const [index, { path: _, ...tests }] of when.entries())
    if (Object.keys(tests).length !== 1)
      problems.push({
        field: `${at}.when.${index}`,
        message: 'wants one of equals, oneOf, exists, above, below',
      });
  const shape: Readonly<Record<string, z.ZodType>> = channelPayloads[channel].shape;
  for (const [name, value] of Object.entries(fields)) {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (field === undefined) {
      problems.push({ field: `${at}.fields.${name}`, message: `is no field of ${channel}` });
      continue;
    }
    for (const said of constantsOf(value))
      if (!field.safeParse(said).success)
        problems.push({
          field: `${at}.fields.${name}`,
          message: `${JSON.stringify(said)} does not fit ${channel}.${name}`,
        });
  }
  for (const name of wantedOf(channel))
    if (!Object.hasOwn(fields, name))
      problems.push({ field: `${at}.fields`, message: `${channel} needs ${name}` });
  return problems;
}

const wantedOf = (channel: Channel): string[] =>
  Object.entries(channelPayloads[channel].shape as Readonly<Record<string, z.ZodType>>).flatMap(
    ([name, field]) => (field.safeParse(undefined).success ? [] : [name]),
  );

function constantsOf(value: MappingValue): (string | number | boolean)[] {
  if ('value' in value) return [value.value];
  if ('registered' in value) return [];
  return [...Object.values(value.map ?? {}), ...(value.otherwise === undefined ? [] : [value.otherwise])];
}
