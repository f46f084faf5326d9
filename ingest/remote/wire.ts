import { z } from 'zod';
import type { InboundMessage, Outcome } from '../../schemas/inbound.ts';
import { DEAD_LETTER_REASONS } from '../../schemas/inbound.ts';

/**
 * What goes between a broker's process and those that ingest, over Redis. Up, by partition of homes, one stream for calls
 * for help and another for the rest, read by whoever owns the partition; one stream down for each receiver with what
 * became of its messages. Both ends are of one version: they are parts of one deployment.
 */
export type StreamKind = 'urgent' | 'bulk';
export const streamOf = (kind: StreamKind, partition: number): string => `yinling:in:${kind}:${partition}`;
export const outcomesOf = (receiver: string): string => `yinling:out:${receiver}`;
/** Gone when Redis has come back empty: then receivers send what is open once more. */
export const MARKER_KEY = 'yinling:in:marker';

/** A message on its way up: who waits for it, under which number of the receiver's own. */
export interface Sent {
  readonly receiver: string;
  readonly number: number;
  readonly message: InboundMessage;
}

const PRINCIPAL = z.object({
  type: z.enum(['device', 'gateway', 'bridge', 'broker']),
  id: z.string(),
  homeId: z.string().optional(),
  homes: z.array(z.string()).readonly().optional(),
  codec: z.string().optional(),
});
const ENVELOPE = z.object({
  receiver: z.string().min(1),
  number: z.int().min(1),
  principal: PRINCIPAL,
  topic: z.string(),
  size: z.int().min(0),
  sha256: z.string().optional(),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  will: z.boolean().optional(),
  retained: z.boolean().optional(),
  receivedAt: z.number(),
});
type Envelope = z.infer<typeof ENVELOPE>;

/** Fields of a stream entry. */
export function toFields({ receiver, number, message }: Sent): (string | Buffer)[] {
  const { payload, sha256, ...rest } = message;
  const envelope = {
    receiver,
    number,
    ...rest,
    ...(sha256 && { sha256: Buffer.from(sha256).toString('base64') }),
  } satisfies Envelope;
  const fields: (string | Buffer)[] = ['envelope', JSON.stringify(envelope)];
  if (payload) fields.push('payload', Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
  return fields;
}

/** Throws with what is wrong about it; nothing but our own receivers writes there. */
export function fromFields(fields: readonly Buffer[]): Sent {
  const byName = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name, value] = [fields[i], fields[i + 1]];
    if (name && value) byName.set(name.toString(), value);
  }
  const { receiver, number, sha256, principal, will, retained, ...rest } = ENVELOPE.parse(
    JSON.parse(byName.get('envelope')?.toString() ?? 'null'),
  );
  const { homeId, homes, codec, ...who } = principal;
  return {
    receiver,
    number,
    message: {
      ...rest,
      principal: {
        ...who,
        ...(homeId !== undefined && { homeId }),
        ...(homes !== undefined && { homes }),
        ...(codec !== undefined && { codec }),
      },
      payload: byName.get('payload'),
      ...(sha256 !== undefined && { sha256: Buffer.from(sha256, 'base64') }),
      ...(will !== undefined && { will }),
      ...(retained !== undefined && { retained }),
    },
  };
}

/** Receiver's number → what became of the message. */
export type Answer = readonly [number: number, outcome: Outcome];

const OUTCOME = z.discriminatedUnion('result', [
  z.object({
    result: z.literal('reading'),
    messageId: z.string(),
    alertIds: z.array(z.string()).readonly().optional(),
  }),
  z.object({ result: z.literal('duplicate'), messageId: z.string() }),
  z.object({
    result: z.literal('dead_letter'),
    reason: z.enum(DEAD_LETTER_REASONS),
    detail: z.string().optional(),
  }),
  z.object({ result: z.literal('ignored'), reason: z.string() }),
]);
const ANSWERS = z.array(z.tuple([z.int(), OUTCOME]));

export const answersToText = (answers: readonly Answer[]): string => JSON.stringify(answers);
export const answersFromText = (text: string): Answer[] => ANSWERS.parse(JSON.parse(text)) as Answer[];
