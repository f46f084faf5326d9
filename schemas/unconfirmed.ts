import { z } from 'zod';
import { isoTimeSchema } from './ids.ts';

/**
 * A call for help that has arrived and could not be stored yet: its device has no acknowledgement and repeats it; it
 * will be an alert once it is stored. Until then it lives in this process's memory alone.
 */
export const unconfirmedPressSchema = z.object({
  homeId: z.string(),
  deviceId: z.string(),
  /** null: the home is not known to this process. */
  street: z.string().nullable(),
  receivedAt: isoTimeSchema,
});
export type UnconfirmedPress = z.infer<typeof unconfirmedPressSchema>;

/** Data of the stream's `unconfirmed` event: all that wait, the oldest first; empty: none any more. */
export const unconfirmedEventSchema = z.object({
  items: z.array(unconfirmedPressSchema),
  /** Beyond those in `items`. */
  more: z.int(),
  /** Other processes are not heard: more may wait of which nobody is told. Absent: they are. */
  unheard: z.literal(true).optional(),
});
export type UnconfirmedEvent = z.infer<typeof unconfirmedEventSchema>;

/** What one process that takes messages tells those that show them: all that wait there, again and again while some do. */
export const unconfirmedNoticeSchema = z.object({
  /** Made anew by each start of a process. */
  from: z.string().max(64),
  /** Grows with each notice of a sender; one that comes late says nothing any more. */
  no: z.int(),
  items: z.array(unconfirmedPressSchema),
  /** Beyond those in `items`. */
  more: z.int(),
});
export type UnconfirmedNotice = z.infer<typeof unconfirmedNoticeSchema>;
