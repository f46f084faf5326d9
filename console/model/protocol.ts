import type { AlertKind } from './api-types.ts';

/**
 * Questions to ask by kind of alarm. Data, to be edited by those who answer the telephone: a question, and for each
 * answer what it means for what to do. An answer is logged as a note.
 */
export type Lean = 'ambulance' | 'dispatch' | 'calm' | 'none';
export interface Question {
  id: string;
  zh: string;
  en: string;
  yes: Lean;
  no: Lean;
}

const CONSCIOUS: Question = {
  id: 'conscious',
  zh: '长者能说话、神志清楚吗？',
  en: 'Is the resident awake and able to talk?',
  yes: 'none',
  no: 'ambulance',
};
const BREATHING: Question = {
  id: 'breathing',
  zh: '有没有胸痛、呼吸困难？',
  en: 'Chest pain, or trouble breathing?',
  yes: 'ambulance',
  no: 'none',
};
const CAN_RISE: Question = {
  id: 'rise',
  zh: '能自己起身吗？',
  en: 'Can they get up unaided?',
  yes: 'calm',
  no: 'dispatch',
};
const BLEEDING: Question = {
  id: 'head',
  zh: '有没有撞到头、出血或剧痛？',
  en: 'Hit the head, bleeding, or in severe pain?',
  yes: 'ambulance',
  no: 'none',
};
const ACCIDENT: Question = {
  id: 'accident',
  zh: '是误触吗？本人确认没事？',
  en: 'Pressed by mistake, and well by their own word?',
  yes: 'calm',
  no: 'dispatch',
};
const STROKE: Question = {
  id: 'stroke',
  zh: '有没有口角歪斜、一侧无力、说话不清？',
  en: 'Face drooping, one side weak, speech slurred?',
  yes: 'ambulance',
  no: 'none',
};
const MEASURE: Question = {
  id: 'measure',
  zh: '请重新测量一次，数值还异常吗？',
  en: 'Measured again, is it still out of range?',
  yes: 'dispatch',
  no: 'calm',
};
const SEEN: Question = {
  id: 'seen',
  zh: '家人或邻居近一小时见过长者吗？',
  en: 'Has family or a neighbour seen them in the last hour?',
  yes: 'calm',
  no: 'dispatch',
};
const POWER: Question = {
  id: 'power',
  zh: '家里停电或断网了吗？',
  en: 'Is the power or network down at home?',
  yes: 'none',
  no: 'dispatch',
};

export const PROTOCOL: Partial<Record<AlertKind, readonly Question[]>> = {
  sos: [CONSCIOUS, BREATHING, ACCIDENT],
  fall: [CONSCIOUS, BLEEDING, CAN_RISE],
  vitals: [CONSCIOUS, BREATHING, STROKE, MEASURE],
  wandering: [SEEN],
  inactivity: [SEEN],
  overstay: [CONSCIOUS, CAN_RISE],
  device_offline: [POWER],
  device_fault: [POWER],
  outage: [POWER],
};
export const questionsFor = (kind: AlertKind): readonly Question[] => PROTOCOL[kind] ?? [];

export type Answer = 'yes' | 'no' | 'unclear';
const ANSWER_ZH: Record<Answer, string> = { yes: '是', no: '否', unclear: '不清楚' };
/** The note under which an answer is filed, and by which it is found again. */
export const protocolNote = (q: Question, answer: Answer): string => `问询：${q.zh} ${ANSWER_ZH[answer]}`;
export function answered(q: Question, notes: readonly (string | null)[]): Answer | undefined {
  for (const note of notes.toReversed())
    for (const answer of ['yes', 'no', 'unclear'] as const)
      if (note === protocolNote(q, answer)) return answer;
  return undefined;
}
export const leanOf = (q: Question, answer: Answer): Lean => (answer === 'unclear' ? 'none' : q[answer]);
