import { z } from 'zod';
import type { AlertKind } from './alert.ts';
import { idSchema } from './ids.ts';

/**
 * Questions to ask by kind of alarm: data, to be edited by those who answer the telephone. Each answer says what it
 * means for what to do.
 */
export const LEANS = ['ambulance', 'dispatch', 'calm', 'none'] as const;
export type Lean = (typeof LEANS)[number];
const lean = z.enum(LEANS);
const sentence = z.string().min(1).max(200);
export const questionSchema = z.strictObject({
  id: idSchema,
  zh: sentence,
  en: sentence,
  yes: lean,
  no: lean,
});
export type Question = z.infer<typeof questionSchema>;
export const protocolBody = z.strictObject({
  /** 0: as shipped. */
  expectedVersion: z.int().min(0).optional(),
  questions: z
    .array(questionSchema)
    .max(12)
    .refine((all) => new Set(all.map((q) => q.id)).size === all.length, 'ids must differ'),
});

const ask = (id: string, zh: string, en: string, yes: Lean, no: Lean): Question => ({ id, zh, en, yes, no });
const CONSCIOUS = ask(
  'conscious',
  '长者能说话、神志清楚吗？',
  'Is the resident awake and able to talk?',
  'none',
  'ambulance',
);
const BREATHING = ask(
  'breathing',
  '有没有胸痛、呼吸困难？',
  'Chest pain, or trouble breathing?',
  'ambulance',
  'none',
);
const CAN_RISE = ask('rise', '能自己起身吗？', 'Can they get up unaided?', 'calm', 'dispatch');
const BLEEDING = ask(
  'head',
  '有没有撞到头、出血或剧痛？',
  'Hit the head, bleeding, or in severe pain?',
  'ambulance',
  'none',
);
const ACCIDENT = ask(
  'accident',
  '是误触吗？本人确认没事？',
  'Pressed by mistake, and well by their own word?',
  'calm',
  'dispatch',
);
const STROKE = ask(
  'stroke',
  '有没有口角歪斜、一侧无力、说话不清？',
  'Face drooping, one side weak, speech slurred?',
  'ambulance',
  'none',
);
const MEASURE = ask(
  'measure',
  '请重新测量一次，数值还异常吗？',
  'Measured again, is it still out of range?',
  'dispatch',
  'calm',
);
const SEEN = ask(
  'seen',
  '家人或邻居近一小时见过长者吗？',
  'Has family or a neighbour seen them in the last hour?',
  'calm',
  'dispatch',
);
const POWER = ask(
  'power',
  '家里停电或断网了吗？',
  'Is the power or network down at home?',
  'none',
  'dispatch',
);

/** In force until somebody changes them. */
export const SHIPPED_PROTOCOLS: Readonly<Record<AlertKind, readonly Question[]>> = {
  sos: [CONSCIOUS, BREATHING, ACCIDENT],
  fall: [CONSCIOUS, BLEEDING, CAN_RISE],
  vitals: [CONSCIOUS, BREATHING, STROKE, MEASURE],
  wandering: [SEEN],
  inactivity: [SEEN],
  overstay: [CONSCIOUS, CAN_RISE],
  service_request: [],
  device_offline: [POWER],
  device_fault: [POWER],
  low_battery: [],
  outage: [POWER],
};
