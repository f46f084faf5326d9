import { z } from 'zod';
import { ALERT_KINDS } from './alert.ts';
import { isoTimeSchema } from './ids.ts';

/** What 120 needs to know, in the order in which its desk asks: where, who, what, since when, who is there. */
const timeOrNull = isoTimeSchema.nullable();
const place = z.object({ lat: z.number(), lon: z.number() });

const contact = z.object({
  name: z.string(),
  relation: z.string().nullable(),
  phone: z.string().nullable(),
  keyHolder: z.boolean(),
});
const person = z.object({
  residentId: z.string(),
  /** The alert is about them; false: lives there too. */
  subject: z.boolean(),
  name: z.string(),
  age: z.int().nullable(),
  gender: z.string().nullable(),
  phone: z.string().nullable(),
  languages: z.array(z.string()),
  /** 0 able to 3 severe loss. */
  careLevel: z.int(),
  conditions: z.array(z.string()),
  medications: z.array(z.string()),
  allergies: z.array(z.string()),
  /** 2: oxygen saturation of 88–92 % is their aim (NEWS2 scale 2). */
  spo2Scale: z.int(),
  contacts: z.array(contact),
});
export type SheetPerson = z.infer<typeof person>;

export const ambulanceSheetSchema = z.object({
  format: z.literal('yinling-ambulance-sheet-1'),
  alertId: z.string(),
  /** As of when everything below is. */
  at: isoTimeSchema,
  where: z.object({
    homeId: z.string(),
    street: z.string(),
    community: z.string(),
    address: z.string(),
    accessNotes: z.string(),
    /** The same place in the datum of GPS and in that of maps sold in mainland China; null: not known. */
    wgs84: place.nullable(),
    gcj02: place.nullable(),
    /** Caregivers with a key to the home. */
    keyHolders: z.array(
      z.object({ caregiverId: z.string(), name: z.string(), phone: z.string().nullable() }),
    ),
  }),
  people: z.array(person),
  what: z.object({
    kind: z.enum(ALERT_KINDS),
    priority: z.int(),
    /** How often they have called. */
    calls: z.int(),
    /** What called, and where it is: a button by the bed, a radar in the bathroom. */
    calledBy: z.array(z.object({ deviceId: z.string(), kind: z.string(), zone: z.string().nullable() })),
    /** The latest, oldest first. */
    evidence: z.array(z.object({ at: isoTimeSchema, text: z.string(), for: z.boolean() })),
    /** What was written down by the desk. */
    notes: z.array(z.object({ at: isoTimeSchema, by: z.string(), text: z.string() })),
  }),
  /** The latest of each in the 24 hours before; a home may have several people. */
  vitals: z.array(
    z.object({
      measure: z.string(),
      value: z.union([z.number(), z.string(), z.boolean()]),
      at: isoTimeSchema,
    }),
  ),
  times: z.object({
    occurredAt: isoTimeSchema,
    openedAt: isoTimeSchema,
    acknowledgedAt: timeOrNull,
    acknowledgedBy: z.string().nullable(),
  }),
  /** Who is on the way or there. */
  sent: z.array(
    z.object({
      orderId: z.string(),
      caregiverId: z.string(),
      name: z.string(),
      phone: z.string().nullable(),
      role: z.string(),
      state: z.string(),
      arrivedAt: timeOrNull,
    }),
  ),
});
export type AmbulanceSheet = z.infer<typeof ambulanceSheetSchema>;

export const handTo120Body = z.strictObject({
  expectedVersion: z.int().positive().optional(),
  /** Number of the case at 120, or who took it there. */
  reference: z.string().trim().min(1).max(128).optional(),
  note: z.string().max(4000).optional(),
});
