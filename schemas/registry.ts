import { z } from 'zod';
import { policyStepSchema, ALERT_KINDS, prioritySchema, quietHoursSchema } from './alert.ts';
import { SERVICES } from './channels.ts';
import { anyIsoTimeSchema, idSchema } from './ids.ts';
import { streetSchema } from './streets.ts';
import { DATUMS } from './datum.ts';

/** Registry bodies (contract.md): unknown fields are refused by name (`strictObject`). */
const lat = z.number().min(-90).max(90);
const lon = z.number().min(-180).max(180);
const text = (max: number) => z.string().min(1).max(max);
const names = z.array(text(64)).max(50);
/** Of the `lat` and `lon` beside it; they are stored as WGS-84, and the datum is not kept. */
const datum = z.enum(DATUMS).optional();

const hhmm = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');
const minutes = z
  .number()
  .positive()
  .max(7 * 24 * 60);

export const fenceSchema = z.strictObject({
  lat,
  lon,
  radiusM: z.number().positive().max(100_000),
  bufferM: z.number().min(0).max(10_000).optional(),
  datum,
});
export const residentSettings = z.strictObject({
  bathroomDayMin: minutes.optional(),
  bathroomNightMin: minutes.optional(),
  bedroomMin: minutes.optional(),
  inactivityMin: minutes.optional(),
  outOfBedNightMin: minutes.optional(),
  fence: fenceSchema.optional(),
  wakingHours: z.tuple([hhmm, hhmm]).optional(),
  verifyWindowS: z.number().min(1).max(600).optional(),
});
export type ResidentSettings = z.infer<typeof residentSettings>;

/** Of a whole street: what is no matter of one home's place. */
export const streetSettings = residentSettings.omit({ fence: true });
export type StreetSettings = z.infer<typeof streetSettings>;
export const streetSettingsBody = z.strictObject({
  settings: streetSettings,
  /** As it was read; 0: never set. */
  expectedVersion: z.int().min(0).optional(),
});

export const homeBody = z.strictObject({
  id: idSchema.optional(),
  street: streetSchema,
  community: z.string().max(64).optional(),
  address: z.string().max(300).optional(),
  lat: lat.optional(),
  lon: lon.optional(),
  datum,
  accessNotes: z.string().max(1000).optional(),
  /** Caregivers who hold a key. */
  keyHolders: z.array(idSchema).max(20).optional(),
  /** For whoever lives here and has none of their own; before the street's. */
  settings: residentSettings.optional(),
});

export const MODES = ['home', 'leave', 'hospital', 'maintenance', 'test'] as const;
export type Mode = (typeof MODES)[number];
export const contactSchema = z.strictObject({
  name: text(64),
  relation: z.string().max(32).optional(),
  phone: z.string().max(32).optional(),
  keyHolder: z.boolean().optional(),
});

export const GENDERS = ['female', 'male', 'other'] as const;
/** Of the ability of an old person: 0 able, 1 light, 2 moderate, 3 severe loss (能力评估). */
export const assessmentSchema = z.strictObject({
  date: z.iso.date(),
  level: z.int().min(0).max(3),
  score: z.number().min(0).max(1000).optional(),
  by: z.string().max(128).optional(),
  note: z.string().max(1000).optional(),
});
export const wishesSchema = z.strictObject({
  /** Of whoever comes. */
  gender: z.enum(GENDERS).optional(),
  languages: names.optional(),
  preferred: z.array(idSchema).max(20).optional(),
  avoided: z.array(idSchema).max(20).optional(),
  note: z.string().max(1000).optional(),
});
export type Wishes = z.infer<typeof wishesSchema>;
export const familyBedSchema = z.strictObject({ since: z.iso.date() });

export const residentBody = z.strictObject({
  id: idSchema.optional(),
  homeId: idSchema,
  name: text(64),
  birthDate: z.iso.date().optional(),
  gender: z.enum(GENDERS).optional(),
  phone: z.string().max(32).optional(),
  languages: names.optional(),
  careLevel: z.int().min(0).max(3).optional(),
  conditions: names.optional(),
  /** What an ambulance crew asks first, as written on the box; sealed like the conditions. */
  medications: names.optional(),
  allergies: names.optional(),
  spo2Scale: z.union([z.literal(1), z.literal(2)]).optional(),
  contacts: z.array(contactSchema).max(20).optional(),
  mode: z.enum(MODES).optional(),
  modeUntil: anyIsoTimeSchema.nullable().optional(),
  settings: residentSettings.optional(),
  consents: z
    .array(
      z.strictObject({
        kind: z.enum(['camera', 'location']),
        date: z.string().max(40),
        /** false: refused or withdrawn on that day. */
        given: z.boolean().optional(),
      }),
    )
    .max(20)
    .optional(),
  /** The latest one gives the care level, unless that is said as well. */
  assessments: z.array(assessmentSchema).max(50).optional(),
  wishes: wishesSchema.optional(),
  familyBed: familyBedSchema.optional(),
});

export const DEVICE_KINDS = [
  'sos_button',
  'pir',
  'camera',
  'mmwave',
  'door',
  'bed',
  'fall_detector',
  'health_monitor',
  'locator',
  'wearable',
  'smart_screen',
  'robot',
  'gateway',
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];
/** Devices that can speak to the resident and hear an answer. */
export const ASKING_KINDS: readonly string[] = ['smart_screen', 'robot'];
/** Devices whose silence costs the home its way to call for help. */
export const LIFE_SAFETY_KINDS: readonly string[] = ['sos_button', 'fall_detector', 'wearable'];

export const deviceBody = z.strictObject({
  id: idSchema.optional(),
  homeId: idSchema,
  kind: z.enum(DEVICE_KINDS),
  zone: text(64).optional(),
  codec: text(64).optional(),
  externalId: text(256).optional(),
  /** Maker's name of the model. Gateways of one model that fall silent together are one outage. */
  model: text(64).optional(),
});

export const CAREGIVER_ROLES = [
  'care_worker',
  'nurse',
  'doctor',
  'social_worker',
  'volunteer',
  'property_staff',
  'community_officer',
  'technician',
] as const;
export type CaregiverRole = (typeof CAREGIVER_ROLES)[number];
export const VEHICLES = ['foot', 'bicycle', 'e_bike', 'car'] as const;
export type Vehicle = (typeof VEHICLES)[number];
export const caregiverBody = z.strictObject({
  id: idSchema.optional(),
  name: text(64),
  role: z.enum(CAREGIVER_ROLES),
  skills: names.optional(),
  stars: z.int().min(1).max(5).optional(),
  languages: names.optional(),
  gender: z.enum(GENDERS).optional(),
  postId: z.string().max(64).optional(),
  provider: z.string().max(128).optional(),
  lat: lat.optional(),
  lon: lon.optional(),
  datum,
  phone: z.string().max(32).optional(),
  vehicle: z.enum(VEHICLES).optional(),
});

export const weeklySchema = z.strictObject({
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
  start: hhmm,
  end: hhmm,
  /** Local dates on which it does not begin, as a holiday. */
  except: z.array(z.iso.date()).max(400).optional(),
  /** First and last local date on which it begins. */
  since: z.iso.date().optional(),
  until: z.iso.date().optional(),
});
const spans = {
  from: anyIsoTimeSchema.optional(),
  to: anyIsoTimeSchema.optional(),
  weekly: weeklySchema.optional(),
  /** Leave: nothing in it counts as a shift. Only with from and to. */
  off: z.boolean().optional(),
};
export const shiftBody = z.strictObject({ id: idSchema.optional(), caregiverId: idSchema, ...spans });
/** What a shift is for a caregiver, for an operator or supervisor. */
export const dutyBody = z.strictObject({ id: idSchema.optional(), username: idSchema, ...spans });

export const ORGANISATION_LEVELS = ['district', 'street', 'community', 'post'] as const;
export type OrganisationLevel = (typeof ORGANISATION_LEVELS)[number];
/** District → street centre → community station → neighbourhood post (四级养老服务网络). */
export const organisationBody = z.strictObject({
  id: idSchema.optional(),
  level: z.enum(ORGANISATION_LEVELS),
  parentId: idSchema.optional(),
  name: text(128),
  street: streetSchema.optional(),
  community: z.string().max(64).optional(),
  lat: lat.optional(),
  lon: lon.optional(),
  datum,
  phone: z.string().max(32).optional(),
});

/** Regular visits and calls (巡查访视); times and dates are local. */
export const visitPlanBody = z.strictObject({
  id: idSchema.optional(),
  homeId: idSchema,
  residentId: idSchema.optional(),
  /** Shown with every visit; nothing personal. */
  title: z.string().max(128).optional(),
  service: z.enum(SERVICES),
  means: z.enum(['visit', 'call']).optional(),
  role: z.enum(CAREGIVER_ROLES).optional(),
  caregiverId: idSchema.optional(),
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
  at: hhmm,
  everyWeeks: z.int().min(1).max(12).optional(),
  durationMin: z.int().min(5).max(1440).optional(),
  since: z.iso.date(),
  until: z.iso.date().optional(),
  except: z.array(z.iso.date()).max(400).optional(),
});

/** A voucher (消费券); money in fen. */
export const voucherBody = z.strictObject({
  id: idSchema.optional(),
  residentId: idSchema,
  name: text(64),
  /** Absent: for all. */
  services: z.array(z.enum(SERVICES)).max(SERVICES.length).optional(),
  valueFen: z.int().min(1).max(100_000_000),
  from: z.iso.date(),
  to: z.iso.date(),
});

export const USER_ROLES = ['operator', 'supervisor', 'caregiver', 'technician', 'auditor', 'admin'] as const;
export type UserRole = (typeof USER_ROLES)[number];
export const userBody = z.strictObject({
  username: idSchema,
  password: z.string().min(8, 'must have at least 8 characters').max(256),
  role: z.enum(USER_ROLES),
  streets: z.array(streetSchema).max(10).optional(),
  caregiverId: idSchema.optional(),
});

export const policyBody = z.strictObject({
  id: idSchema.optional(),
  name: text(128),
  kinds: z.array(z.enum(ALERT_KINDS)).min(1),
  steps: z.array(policyStepSchema.strict()).min(1).max(20),
  /** Which it calls people for by itself; absent: 1 and 2. These two always do. */
  priorities: z.array(prioritySchema).min(1).max(4).optional(),
  /** Local times between which nobody is asked or told; priority 1 is never held back. */
  quiet: quietHoursSchema.optional(),
});

export const bridgeBody = z.strictObject({
  id: idSchema.optional(),
  name: z.string().max(128).optional(),
  homes: z.array(idSchema).min(1).max(100_000),
});
