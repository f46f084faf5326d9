import { z } from 'zod';
import { serviceSchema } from './channels.ts';
import { idSchema, isoTimeSchema } from './ids.ts';
import { CAREGIVER_ROLES } from './registry.ts';

export const ORDER_STATES = [
  'requested',
  'offered',
  'accepted',
  'en_route',
  'on_scene',
  'completed',
  'cancelled',
] as const;
export const MEANS = ['visit', 'call'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** Every offer ends in exactly one of these (I11); null while it is out. */
export const OFFER_OUTCOMES = ['accepted', 'declined', 'expired', 'withdrawn'] as const;
export type OfferOutcome = (typeof OFFER_OUTCOMES)[number];

export const offerSchema = z.object({
  id: z.string(),
  caregiverId: z.string(),
  offeredAt: isoTimeSchema,
  expiresAt: isoTimeSchema,
  outcome: z.enum(OFFER_OUTCOMES).nullable(),
  endedAt: isoTimeSchema.nullable(),
  reason: z.string().nullable(),
});
export type Offer = z.infer<typeof offerSchema>;

/** With the order's service, resident and caregiver, the six elements of electronic visit verification. */
export const visitSchema = z.object({
  beganAt: isoTimeSchema,
  endedAt: isoTimeSchema.nullable(),
  /** Whole minutes, rounded half up, at least 1; null until it ends. */
  minutes: z.int().nullable(),
  place: z
    .object({
      lat: z.number(),
      lon: z.number(),
      accuracyM: z.number().nullable(),
      /** Metres between the reported place and the home, less the accuracy, at least 0; null if the home has no place. */
      offByM: z.number().nullable(),
    })
    .nullable(),
});
export type Visit = z.infer<typeof visitSchema>;

export const overdueSchema = z.object({
  what: z.enum(['arrival', 'check_in']),
  /** When it was first due. */
  since: isoTimeSchema,
  times: z.int().positive(),
});

export const ratingSchema = z.object({
  score: z.number().min(0).max(10),
  /** Sealed at rest: null in events of the stream, whatever was said. */
  comment: z.string().nullable(),
  at: isoTimeSchema,
});

export const orderSchema = z.object({
  id: idSchema,
  alertId: z.string().nullable(),
  homeId: z.string(),
  residentId: z.string().nullable(),
  service: serviceSchema,
  state: z.enum(ORDER_STATES),
  caregiverId: z.string().nullable(),
  offers: z.array(offerSchema),
  scheduledAt: isoTimeSchema.nullable(),
  /** Of a booking: how long it is to last, and the only role that it is for. */
  durationMin: z.int().optional(),
  role: z.enum(CAREGIVER_ROLES).optional(),
  /** A regular call by telephone is planned like a visit. */
  means: z.enum(MEANS).optional(),
  /** The regular visits (巡查访视) that it is one of. */
  planId: z.string().optional(),
  createdAt: isoTimeSchema,
  acceptedAt: isoTimeSchema.nullable(),
  departedAt: isoTimeSchema.nullable(),
  arrivedAt: isoTimeSchema.nullable(),
  completedAt: isoTimeSchema.nullable(),
  cancelledAt: isoTimeSchema.nullable(),
  cancelReason: z.string().nullable(),
  note: z.string().nullable(),
  visit: visitSchema.nullable(),
  /** Of somebody on scene alone: when the next word is expected, at the latest; null before and after. */
  checkInDueAt: isoTimeSchema.nullable().optional(),
  /** An arrival, or a word from the scene, that has been missed so many times; null while nothing is. */
  overdue: overdueSchema.nullable().optional(),
  rating: ratingSchema.nullable(),
  emergency: z.boolean(),
  street: z.string(),
  version: z.int().positive(),
});
export type Order = z.infer<typeof orderSchema>;
