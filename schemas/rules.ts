import { z } from 'zod';
import { SERVICES } from './channels.ts';
import { DEVICE_KINDS } from './registry.ts';

/**
 * What the programme decides and may change: data, in force from a local date on. Money is in fen, whole.
 */
const minutes = z.int().min(0).max(100_000);
const fen = z.int().min(0).max(100_000_000);
const services = z.array(z.enum(SERVICES)).min(1).max(SERVICES.length);

/** Who has worked this much is not sent on: of visits begun, ended and booked. */
export const restRule = z.strictObject({
  maxMinutesPerDay: minutes,
  /** Between the last visit of one day and the first of the next. */
  minRestMinutes: minutes,
  breakAfterMinutes: minutes,
  breakMinutes: minutes,
});
export type RestRule = z.infer<typeof restRule>;

/** What a bed at home (家庭养老床位) must have: of each line one device of these kinds. */
export const familyBedRule = z.strictObject({
  bundle: z
    .array(z.strictObject({ name: z.string().min(1).max(64), anyOf: z.array(z.enum(DEVICE_KINDS)).min(1) }))
    .max(20),
});
export type FamilyBedRule = z.infer<typeof familyBedRule>;

export const RELATIONS = [
  'self',
  'spouse',
  'parent',
  'child',
  'parent_in_law',
  'grandparent',
  'grandchild',
  'sibling',
] as const;
export type Relation = (typeof RELATIONS)[number];

export const timeBankRule = z.strictObject({
  /** Minutes not drawn on lapse so long after they were earned; null: never. */
  expiresAfterMonths: z.int().min(1).max(600).nullable(),
  /** For every so many minutes earned so many are added. */
  rewards: z
    .array(
      z.strictObject({
        everyMinutes: z.int().min(1).max(1_000_000),
        bonusMinutes: z.int().min(1).max(100_000),
      }),
    )
    .max(10),
  /** On whom, besides the volunteer, an account may be drawn. */
  relations: z.array(z.enum(RELATIONS)).max(RELATIONS.length),
  points: z.strictObject({
    perHour: z.number().min(0).max(1000),
    /** A visit rated at least so high is worth `perGoodVisit` more. */
    goodScore: z.number().min(0).max(10),
    perGoodVisit: z.number().min(0).max(1000),
    /** Mutual help: answering an emergency, and each household helped. */
    perEmergency: z.number().min(0).max(1000),
    perHousehold: z.number().min(0).max(1000),
  }),
});
export type TimeBankRule = z.infer<typeof timeBankRule>;

/** How much weight the programme's mean has against a caregiver's own scores: as many ratings. */
export const ratingRule = z.strictObject({
  priorMean: z.number().min(0).max(10),
  priorWeight: z.number().min(0).max(10_000),
});
export type RatingRule = z.infer<typeof ratingRule>;

export const settlementRule = z.strictObject({
  /** The first one that fits a visit counts: a provider's own before the general one. */
  tariffs: z
    .array(
      z.strictObject({
        provider: z.string().min(1).max(128).optional(),
        services: services.optional(),
        perVisitFen: fen.optional(),
        perHourFen: fen.optional(),
      }),
    )
    .max(500),
  /** Each pays its share of what a visit costs, in this order, up to its limit for a resident and month. */
  subsidies: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64),
        services: services.optional(),
        careLevelAtLeast: z.int().min(0).max(3).optional(),
        familyBedOnly: z.boolean().optional(),
        share: z.number().min(0).max(1),
        maxFenPerResidentMonth: fen.optional(),
      }),
    )
    .max(50),
});
export type SettlementRule = z.infer<typeof settlementRule>;

export const planningRule = z.strictObject({
  /** How long a booked visit lasts where the booking does not say. */
  durationMin: z.partialRecord(z.enum(SERVICES), z.int().min(5).max(1440)),
  otherwiseMin: z.int().min(5).max(1440),
  /** Between two visits, beside the way. */
  bufferMin: z.int().min(0).max(240),
  /** Whoever is on scene says so often that all is well; absent: each hour. */
  checkInMin: z.int().min(5).max(480).optional(),
  /** Regular visits are booked so many days ahead. */
  horizonDays: z.int().min(1).max(60),
  /** Technical alerts of these kinds become a technician's visit by themselves. */
  repairsBooked: z.boolean(),
  /** What residents ask for by the button's `service` and becomes a booking by itself; absent: nothing. */
  servicesBooked: services.optional(),
});
export type PlanningRule = z.infer<typeof planningRule>;

export const RULES = {
  rest: restRule,
  familyBed: familyBedRule,
  timeBank: timeBankRule,
  rating: ratingRule,
  settlement: settlementRule,
  planning: planningRule,
} as const;
export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as [RuleName, ...RuleName[]];
export type RuleOf<N extends RuleName> = z.infer<(typeof RULES)[N]>;

/** In force until somebody sets others. */
export const STANDARD_RULES: { [N in RuleName]: RuleOf<N> } = {
  rest: { maxMinutesPerDay: 600, minRestMinutes: 480, breakAfterMinutes: 240, breakMinutes: 30 },
  familyBed: {
    bundle: [
      { name: 'call', anyOf: ['sos_button', 'wearable'] },
      { name: 'presence', anyOf: ['pir', 'mmwave', 'camera'] },
      { name: 'bed', anyOf: ['bed', 'mmwave'] },
      { name: 'voice', anyOf: ['smart_screen', 'robot'] },
    ],
  },
  timeBank: {
    expiresAfterMonths: null,
    rewards: [],
    relations: ['self', 'spouse', 'parent', 'child', 'parent_in_law', 'grandparent'],
    points: { perHour: 10, goodScore: 9, perGoodVisit: 5, perEmergency: 10, perHousehold: 2 },
  },
  rating: { priorMean: 9, priorWeight: 10 },
  settlement: { tariffs: [], subsidies: [] },
  planning: {
    durationMin: {
      meal: 30,
      bath: 90,
      clean: 120,
      mobility: 120,
      medical: 45,
      care: 60,
      errand: 60,
      repair: 60,
    },
    otherwiseMin: 60,
    bufferMin: 10,
    horizonDays: 7,
    repairsBooked: false,
  },
};

const oneRule = <N extends RuleName>(name: N) =>
  z.strictObject({ name: z.literal(name), from: z.iso.date(), body: RULES[name] });
export const ruleBody = z.discriminatedUnion('name', [
  oneRule('rest'),
  oneRule('familyBed'),
  oneRule('timeBank'),
  oneRule('rating'),
  oneRule('settlement'),
  oneRule('planning'),
]);
