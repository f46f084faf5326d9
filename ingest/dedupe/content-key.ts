import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import type { DecodedItem } from '../decode/decode.ts';
import type { InboundMessage } from '../../schemas/inbound.ts';
import { hashBytes, hashJson } from './hash.ts';

/**
 * What "the same content" means (contract.md, *MQTT*): the same JSON, whatever the order of its fields and the blanks
 * between them, for a retry may be written anew. Where decoding has dropped something, what was sent tells more than
 * what was kept: there, the same bytes. A codec that names a message says the same in the same words.
 */
export function contentKeyOf(message: InboundMessage, { event }: DecodedItem): number {
  const seed = CHANNEL_NUMBER[event.channel];
  return event.marks.length === 0
    ? hashJson(event.payload, seed)
    : hashBytes(message.payload ?? NO_BYTES, seed);
}

const NO_BYTES = new Uint8Array();
