import type { CodecMapping, MappingCondition, MappingValue } from '../../schemas/codec-mapping.ts';
import type { Codec, CodecDevice, CodecItem } from './codec.ts';
import { numberOf } from './fields.ts';

/**
 * A codec out of a mapping (`schemas/codec-mapping.ts`): a new vendor without new code. What cannot be read from a call
 * button is a press, here as everywhere.
 */
export function declaredCodec(name: string, mapping: CodecMapping): Codec {
  const pattern = mapping.topic.split('/');
  return {
    name,
    decode({ topic, text, device }) {
      const levels = topic.split('/');
      const fits =
        levels.length === pattern.length &&
        pattern.every((level, i) => level === '+' || level === '{device}' || level === levels[i]);
      if (!fits) return { refused: 'codec', detail: 'not a topic of this codec' };
      const inTopic = levels[pattern.indexOf('{device}')];
      const whole = parsed(text);
      if (whole === undefined) {
        if (inTopic !== undefined && device(inTopic)?.kind === 'sos_button')
          return {
            items: [
              { externalId: inTopic, channel: 'sos', payload: { action: 'press' }, marks: ['unreadable'] },
            ],
          };
        const of = inTopic === undefined ? {} : { externalId: inTopic };
        return text === undefined
          ? { refused: 'too_large', detail: 'no text within the bound', ...of }
          : { refused: 'not_json', detail: 'not JSON', ...of };
      }
      const parts = mapping.each === undefined ? [whole] : at(whole, mapping.each);
      if (!Array.isArray(parts)) return { refused: 'codec', detail: `${mapping.each}: no list` };
      const items: CodecItem[] = [];
      for (const part of parts.slice(0, MOST_PARTS)) {
        const externalId = inTopic ?? nameOf(at(part, mapping.device ?? ''));
        if (externalId === undefined) continue;
        items.push(...itemsOf(mapping, part, externalId, device(externalId)));
      }
      if (items.length > 0) return { items };
      return mapping.otherwise === 'ignore'
        ? { ignored: 'no rule of the mapping fits' }
        : {
            refused: 'codec',
            detail: 'no rule of the mapping fits',
            ...(inTopic !== undefined && { externalId: inTopic }),
          };
    },
  };
}

/** Of one list: more than any home has devices. */
const MOST_PARTS = 256;

function itemsOf(
  mapping: CodecMapping,
  part: unknown,
  externalId: string,
  device: CodecDevice | undefined,
): CodecItem[] {
  return mapping.messages.flatMap(({ when = [], channel, fields }) => {
    if (!when.every((condition) => holds(condition, at(part, condition.path)))) return [];
    const payload: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields)) {
      const said = valueOf(value, part, device);
      if (said !== undefined) payload[name] = said;
    }
    return [{ externalId, channel, payload }];
  });
}

function holds({ equals, oneOf, exists, above, below }: MappingCondition, value: unknown): boolean {
  if (exists !== undefined) return (value !== undefined && value !== null) === exists;
  if (equals !== undefined) return same(value, equals);
  if (oneOf !== undefined) return oneOf.some((one) => same(value, one));
  const number = numberOf(value);
  if (number === undefined) return false;
  return above === undefined ? below !== undefined && number < below : number > above;
}

/** Vendors write numbers and booleans as text, too. */
const same = (value: unknown, wanted: string | number | boolean): boolean =>
  value === wanted || (isScalar(value) && String(value) === String(wanted));

function valueOf(value: MappingValue, part: unknown, device: CodecDevice | undefined): unknown {
  if ('value' in value) return value.value;
  if ('registered' in value) return device?.zone ?? 'unknown';
  const { map, scale, offset, otherwise } = value;
  const said = at(part, value.path);
  if (!isScalar(said)) return otherwise;
  if (map !== undefined) {
    const key = String(said);
    return Object.hasOwn(map, key) ? map[key] : otherwise;
  }
  if (scale === undefined && offset === undefined) return said;
  const number = numberOf(said);
  return number === undefined ? otherwise : number * (scale ?? 1) + (offset ?? 0);
}

/** Own members only, whatever a vendor calls them. */
function at(value: unknown, path: string): unknown {
  let found = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}

const isScalar = (value: unknown): value is string | number | boolean =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean';

const nameOf = (value: unknown): string | undefined =>
  isScalar(value) && typeof value !== 'boolean' ? String(value) : undefined;

function parsed(text: string | undefined): object | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
