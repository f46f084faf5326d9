import { z } from 'zod';
import { SERVICES } from './channels.ts';
import { idSchema, isoTimeSchema } from './ids.ts';

export const ALERT_KINDS = [
  'sos',
  'fall',
  'vitals',
  'wandering',
  'inactivity',
  'overstay',
  'service_request',
  'device_offline',
  'device_fault',
  'low_battery',
  'outage',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
export type Priority = 1 | 2 | 3 | 4;

export const ALERT_STATES = ['pending', 'open', 'acknowledged', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const DISPOSITIONS = [
  'assisted',
  'hospital',
  'handed_to_120',
  'false_alarm',
  'test',
  'resident_ok',
  'duplicate',
  'device_repaired',
  'service_done',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

const time = isoTimeSchema;
const timeOrNull = isoTimeSchema.nullable();

export const evidenceSchema = z.object({
  at: time,
  /** What it is: `press`, `press_cancel`, `fall_suspected`, `vitals_score`, `reply`, `stillness`, … */
  kind: z.string(),
  deviceId: z.string().nullable(),
  messageId: z.string().nullable(),
  /** One sentence in Chinese for the operator; facts in `data`. */
  text: z.string(),
  data: z.record(z.string(), z.unknown()),
  /** true: speaks for the emergency; false: against it. */
  for: z.boolean(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const timelineEntrySchema = z.object({
  at: time,
  what: z.string(),
  /** Username, `system`, `resident`, `device:ID`. */
  by: z.string(),
  note: z.string().nullable(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** The alert as the contract shows it to the world. */
export const alertSchema = z.object({
  id: idSchema,
  kind: z.enum(ALERT_KINDS),
  priority: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  state: z.enum(ALERT_STATES),
  disposition: z.enum(DISPOSITIONS).nullable(),
  dedupKey: z.string(),
  version: z.int().positive(),
  homeId: z.string(),
  residentId: z.string().nullable(),
  deviceIds: z.array(z.string()),
  street: z.string(),
  occurredAt: time,
  receivedAt: time,
  committedAt: timeOrNull,
  openedAt: time,
  publishedAt: timeOrNull,
  acknowledgedAt: timeOrNull,
  acknowledgedBy: z.string().nullable(),
  resolvedAt: timeOrNull,
  resolvedBy: z.string().nullable(),
  deadlineAt: timeOrNull,
  evidence: z.array(evidenceSchema),
  timeline: z.array(timelineEntrySchema),
  previousAlertId: z.string().nullable(),
  orderIds: z.array(z.string()),
  test: z.boolean(),
  synthetic: z.boolean(),
  /** Beyond the contract: how often called (presses that joined), current escalation step, settings version that decided. */
  calls: z.int(),
  escalationStep: z.int(),
  service: z.enum(SERVICES).nullable(),
  /** There only where an alert has more entries of a kind than its document keeps: how many are left out. */
  omitted: z
    .object({
      evidence: z.record(z.string(), z.int()).optional(),
      timeline: z.record(z.string(), z.int()).optional(),
    })
    .optional(),
});
export type Alert = z.infer<typeof alertSchema>;

/** Dedup keys (contract.md, *Alerts*): unresolved alerts of one key, at most one (I5). */
export const dedupKey = {
  emergency: (homeId: string): string => `${homeId}:emergency`,
  vitalsLow: (homeId: string): string => `${homeId}:vitals_low`,
  service: (homeId: string, service: string): string => `${homeId}:service:${service}`,
  device: (deviceId: string, kind: 'device_offline' | 'device_fault' | 'low_battery'): string =>
    `${deviceId}:${kind}`,
  outage: (street: string): string => `${street}:outage`,
} as const;

/** Gravity within one priority, for `kind` of a joined emergency: the gravest signal names the alert. First = gravest. */
export const KIND_GRAVITY: readonly AlertKind[] = [
  'sos',
  'fall',
  'vitals',
  'wandering',
  'inactivity',
  'overstay',
  'service_request',
  'outage',
  'device_offline',
  'device_fault',
  'low_battery',
];

/** Targets of an escalation step. */
export const POLICY_TARGETS = [
  'recommended',
  'shift',
  'person',
  'role',
  'contacts',
  'supervisor',
  '120',
] as const;
export type PolicyTarget = (typeof POLICY_TARGETS)[number];
/** Rings of the service network around a home, from the nearest; beyond the last it is 120. */
export const NETWORK_RINGS = ['post', 'community', 'street', 'district'] as const;
export type NetworkRing = (typeof NETWORK_RINGS)[number];
export const policyStepSchema = z.object({
  /** Seconds after the opening (first step) or after the step before. */
  afterS: z.number().min(0).max(86_400),
  to: z.enum(POLICY_TARGETS),
  acceptWithinS: z.number().min(1).max(3_600).optional(),
  /** How often the step is repeated (next best candidate each time) before the next one. */
  repeat: z.int().min(0).max(20).optional(),
  /** With `person`: whom. */
  caregiverId: idSchema.optional(),
  /** With `role`: which of the caregivers' roles, and from how far in the network at most (absent: the district). */
  role: z.string().max(32).optional(),
  ring: z.enum(NETWORK_RINGS).optional(),
});
export type PolicyStep = z.infer<typeof policyStepSchema>;

const hhmm = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');
/** Local times; nobody is asked or told in between, except for priority 1. May cross midnight. */
export const quietHoursSchema = z.strictObject({ from: hhmm, to: hhmm });
export type QuietHours = z.infer<typeof quietHoursSchema>;
export const prioritySchema = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);

/** A policy as frozen into an alert when it opens (I9). */
export const frozenPolicySchema = z.object({
  id: z.string(),
  version: z.int(),
  steps: z.array(policyStepSchema),
  /** Whom it calls besides priority 1 and 2, who always call. */
  priorities: z.array(prioritySchema).optional(),
  quiet: quietHoursSchema.optional(),
});
export type FrozenPolicy = z.infer<typeof frozenPolicySchema>;
