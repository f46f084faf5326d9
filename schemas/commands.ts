import { z } from 'zod';
import { DISPOSITIONS } from './alert.ts';
import { serviceSchema } from './channels.ts';
import { anyIsoTimeSchema, idSchema } from './ids.ts';
import { MEANS } from './order.ts';
import { CAREGIVER_ROLES } from './registry.ts';

/** Bodies of the alert and order commands (contract.md, *HTTP*). An empty body is an empty object. */
const expected = { expectedVersion: z.int().positive().optional() };
const note = z.string().max(4000);

export const acknowledgeBody = z.strictObject({ ...expected, note: note.optional() });
export const resolveBody = z.strictObject({
  ...expected,
  disposition: z.enum(DISPOSITIONS),
  note: note.optional(),
});
export const escalateBody = z.strictObject({
  ...expected,
  step: z.int().min(0).max(20).optional(),
  note: note.optional(),
});
export const noteBody = z.strictObject({ ...expected, text: note.min(1) });
export const reopenBody = z.strictObject({ ...expected, note: note.optional() });
export const dispatchBody = z.strictObject({
  ...expected,
  caregiverId: idSchema.optional(),
  service: serviceSchema.optional(),
  note: note.optional(),
});

export const orderBody = z.strictObject({
  homeId: idSchema,
  service: serviceSchema,
  scheduledAt: anyIsoTimeSchema.optional(),
  note: note.optional(),
  residentId: idSchema.optional(),
  /** Of a booking. */
  durationMin: z.int().min(5).max(1440).optional(),
  role: z.enum(CAREGIVER_ROLES).optional(),
  means: z.enum(MEANS).optional(),
  /** Given at once to this caregiver, who has agreed; only for a time, and if nothing keeps them from it. */
  caregiverId: idSchema.optional(),
  /** A technical alert that the visit is to mend, or a request by the button that it is to serve. */
  alertId: idSchema.optional(),
});
/** An operator may act for a caregiver with `caregiverId`. */
const actor = { ...expected, caregiverId: idSchema.optional() };
export const acceptBody = z.strictObject(actor);
export const declineBody = z.strictObject({ ...actor, reason: z.string().min(1).max(500) });
export const departBody = z.strictObject({ ...actor, at: anyIsoTimeSchema.optional() });
export const arriveBody = z.strictObject({
  ...actor,
  lat: z.number().min(-90).max(90).optional(),
  lon: z.number().min(-180).max(180).optional(),
  accuracyM: z.number().min(0).max(100_000).optional(),
  at: anyIsoTimeSchema.optional(),
});
/** Whoever is on scene alone says that all is well. */
export const checkInBody = z.strictObject({ ...actor, at: anyIsoTimeSchema.optional() });
export const completeBody = z.strictObject({
  ...actor,
  at: anyIsoTimeSchema.optional(),
  service: serviceSchema.optional(),
  notes: note.optional(),
});
/** Given back before anybody is there; `to`: who is asked next, else the best. */
export const handOverBody = z.strictObject({
  ...actor,
  reason: z.string().min(1).max(500),
  to: idSchema.optional(),
});
export const replanBody = z.strictObject({
  date: z.iso.date(),
  /** Somebody who does not come that day. */
  awayId: idSchema.optional(),
  /** Not only proposed: carried out. */
  apply: z.boolean().optional(),
});
export const cancelBody = z.strictObject({ ...actor, reason: z.string().min(1).max(500) });
export const ratingBody = z.strictObject({
  ...actor,
  score: z.number().min(0).max(10),
  comment: z.string().max(2000).optional(),
});

export const loginBody = z.strictObject({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(256),
  /** Of the second factor, for users who have one: from the app, or a recovery code. */
  code: z.string().max(64).optional(),
});

const INGEST_WANTS = 'is needed, or a topic of a codec instead of deviceId and channel';
/**
 * `POST /api/v1/ingest`: at most 1,000 messages a call. Each is one of ours (`deviceId`, `channel`), or in a vendor's
 * language (`topic`, whose first level names the codec that reads it).
 */
export const ingestBody = z
  .array(
    z
      .strictObject({
        homeId: idSchema,
        deviceId: idSchema.optional(),
        channel: z.string().min(1).max(32).optional(),
        topic: z
          .string()
          .regex(
            /^(?!care\/)[^\s/+#$]{1,64}(\/[^\s/+#]{1,256}){1,8}$/,
            'must be a topic such as acme/b7/event',
          )
          .optional()
          .describe('instead of deviceId and channel: as the codec named by its first level knows it'),
        payload: z.unknown(),
      })
      .superRefine(({ deviceId, channel, topic }, problems) => {
        const wrong = (path: string, message: string): void =>
          problems.addIssue({ code: 'custom', path: [path], message });
        for (const [name, value] of Object.entries({ deviceId, channel }))
          if (topic === undefined && value === undefined) wrong(name, INGEST_WANTS);
          else if (topic !== undefined && value !== undefined) wrong(name, 'is said by topic already');
      }),
  )
  .min(1)
  .max(1000);
