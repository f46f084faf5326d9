import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import type { DecodedItem } from '../decode/decode.ts';
import { isContractTopic } from '../decode/address.ts';
import type { InboundMessage } from '../../schemas/inbound.ts';
import { hashBytes, hashText } from './hash.ts';

/**
 * What "the same content" means (contract.md, *MQTT*): the same JSON, whatever the order of its fields and the blanks
 * between them, for a retry may be written anew. Where decoding has dropped or translated something, what was sent
 * tells more than what was kept: there, the same bytes.
 */
export function contentKeyOf(message: InboundMessage, { event }: DecodedItem): number {
  const seed = CHANNEL_NUMBER[event.channel];
  return event.marks.length === 0 && isContractTopic(message.topic)
    ? hashText(sortedJson(event.payload), seed)
    : hashBytes(message.payload ?? new Uint8Array(), seed);
}

/** JSON with the fields of every object in alphabetical order. `decode` bounds the depth. */
export function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value))
    return value.some((item) => typeof item === 'object')
      ? `[${value.map(sortedJson).join(',')}]`
      : JSON.stringify(value); // thousands of samples: natively
  const fields = value as Record<string, unknown>;
  return `{${Object.keys(fields)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${sortedJson(fields[name])}`)
    .join(',')}}`;
}
