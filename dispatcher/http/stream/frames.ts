import type { UnconfirmedEvent } from '../../../schemas/unconfirmed.ts';
import type { Notice } from '../../channels/channel.ts';
import type { Overdue } from '../../engine/auditor.ts';
import type { StreamEvent } from '../../ports.ts';
import type { EventFacts } from '../scope.ts';

/** A stream event as bytes, made once for all who listen. */
export interface EncodedEvent {
  readonly no: number;
  readonly type: string;
  readonly street: string | null;
  readonly frame: Buffer;
  /** A canary's: for those only who ask for it. */
  readonly synthetic: boolean;
  /** What scope asks of the data; parsed once, and only if asked. */
  facts(): EventFacts;
}

export function encodeEvent(event: StreamEvent): EncodedEvent {
  let parsed: EventFacts | undefined;
  const facts = (): EventFacts => (parsed ??= JSON.parse(event.data) as EventFacts);
  return {
    // The words alone may stand anywhere in a real alarm; only then is it worth parsing
    synthetic:
      event.type === 'alert' && event.data.includes('"synthetic": true') && facts().synthetic === true,
    no: event.no,
    type: event.type,
    street: event.street,
    // JSON text holds no line break, so one data line is enough.
    frame: Buffer.from(`id: ${event.no}\nevent: ${event.type}\ndata: ${event.data}\n\n`, 'utf8'),
    facts,
  };
}

/** How long a browser waits before it comes back. */
const RETRY_MS = 2_000;

/** `id` alone moves the browser's Last-Event-ID without being an event: who is cut off before the first one resumes here. */
export const openingFrame = (no: number): Buffer =>
  Buffer.from(`retry: ${RETRY_MS}\n: connected\nid: ${no}\n\n`, 'utf8');

/** `no`: what has been decided since the last frame, if anything; events outside the scope move it too. */
export const beatFrame = (no: number | undefined): Buffer =>
  Buffer.from(no === undefined ? ': beat\n\n' : `: beat\nid: ${no}\n\n`, 'utf8');

export const resetFrame = (no: number): Buffer =>
  Buffer.from(`id: ${no}\nevent: reset\ndata: ${JSON.stringify({ head: no })}\n\n`, 'utf8');

/** What waits to be stored; no `id`, for it is no part of the numbered stream. */
export const unconfirmedFrame = (event: UnconfirmedEvent): Buffer =>
  Buffer.from(`event: unconfirmed\ndata: ${JSON.stringify(event)}\n\n`, 'utf8');

/** What should have happened and has not, as the auditor sees it; no `id` either. Empty: all is well again. */
export const overdueFrame = (event: { items: readonly Overdue[] }): Buffer =>
  Buffer.from(`event: overdue\ndata: ${JSON.stringify(event)}\n\n`, 'utf8');

/** An offer, to the page of whoever is asked; the order itself is an event of its own. */
export const noticeFrame = ({ id, target, kind, text, offer }: Notice): Buffer =>
  Buffer.from(`event: notice\ndata: ${JSON.stringify({ id, target, kind, text, offer })}\n\n`, 'utf8');

/** The number after which to go on; undefined: now. Anything that is not a number of ours is NaN, and ends in a reset. */
export function readLastEventId(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
