import type { FrozenPolicy, NetworkRing, PolicyStep, Priority } from '../../schemas/alert.ts';

/**
 * The escalation of an open alert, as a machine that says what to do next and is told what came of it. Pure: the same
 * policy, progress and standing always give the same move. I9: `step` only grows; `rounds` only grow.
 */
export interface Progress {
  /** Step of the policy that comes next, or is being tried; beyond the last: standing rounds. */
  step: number;
  /** How often it has been tried. */
  attempts: number;
  rounds: number;
  /** From when its `afterS` counts, ms since the epoch. */
  stepSinceMs: number;
}

/** How it stands with the orders of the alert. */
export type Standing =
  /** Nobody is asked, nobody is going. */
  | { kind: 'idle' }
  /** Somebody is being asked until then. */
  | { kind: 'asked'; untilMs: number }
  /** Somebody has accepted, or is already there. */
  | { kind: 'taken' }
  /** Somebody has been there and done the work; nobody has ended the alert yet. */
  | { kind: 'served'; sinceMs: number; reminded: boolean };

export type Move =
  { do: 'wait'; untilMs: number } | OfferMove | { do: 'remind' } | { do: 'notify'; to: Notified };
/** Offer to the next best; `breadth` at once. `among`: only to these. */
export interface OfferMove {
  do: 'offer';
  acceptWithinMs: number;
  breadth: number;
  among?: Among;
}
export type Among = { caregiverId: string } | { role: string; ring: NetworkRing };

/** What bears on when something is due, beside the policy. */
export interface Circumstances {
  priority: Priority;
  /** Somebody is at a desk and could answer. */
  attended: boolean;
  /** How long, from that time on, quiet hours last; 0: it is not quiet. */
  quietForMs(atMs: number): number;
}
/** An emergency that somebody watches. */
export const USUAL: Circumstances = { priority: 1, attended: true, quietForMs: () => 0 };
export type Notified = 'supervisor' | 'contacts' | '120';

export const ACCEPT_WITHIN_MS = 30_000;
/** How long a person who has accepted is trusted before the alert is looked at again. */
export const TAKEN_RELOOK_MS = 15 * 60_000;
/**
 * After a visit nobody is sent and nothing escalates: the alert waits for a person to say how it ended. One reminder
 * after so long, then the alert is only looked at again.
 */
export const SERVED_REMINDER_MS = 15 * 60_000;
export const SERVED_RELOOK_MS = 4 * 3_600_000;
/** `shift` asks so many at the same time. */
export const SHIFT_BREADTH = 5;
/** Between rounds after the last step: each minute at first, then rarer, for ever. */
const ROUND_MS = 60_000;
const LATE_ROUND_MS = 5 * 60_000;
const EARLY_ROUNDS = 15;
/** Priority 3 and 4, once their policy has run out: a work list, looked at again. */
const WORK_LIST_RELOOK_MS = 4 * 3_600_000;
/** A notice is never repeated faster, whatever the policy says. */
const REPEAT_AT_LEAST_MS = 10_000;

export function nextMove(
  policy: FrozenPolicy,
  progress: Progress,
  standing: Standing,
  nowMs: number,
  circumstances: Circumstances = USUAL,
): Move {
  if (standing.kind === 'taken') return { do: 'wait', untilMs: nowMs + TAKEN_RELOOK_MS };
  if (standing.kind === 'asked') return { do: 'wait', untilMs: Math.max(standing.untilMs, nowMs + 1) };
  if (standing.kind === 'served') {
    if (standing.reminded) return { do: 'wait', untilMs: nowMs + SERVED_RELOOK_MS };
    const dueMs = standing.sinceMs + SERVED_REMINDER_MS;
    return nowMs < dueMs ? { do: 'wait', untilMs: dueMs } : { do: 'remind' };
  }
  if (circumstances.priority > 2 && inRounds(policy, progress))
    return { do: 'wait', untilMs: nowMs + WORK_LIST_RELOOK_MS };
  const dueMs = afterQuiet(
    waitsForAnswer(policy, progress) && !circumstances.attended
      ? progress.stepSinceMs
      : dueAt(policy, progress),
    nowMs,
    circumstances,
  );
  return nowMs < dueMs ? { do: 'wait', untilMs: dueMs } : moveAt(policy, progress);
}

/**
 * Up to and including the first step that asks somebody to come, a step's delay is there for a person at a desk to
 * answer. With nobody at a desk there is no answer to wait for.
 */
export function waitsForAnswer(policy: FrozenPolicy, { step, attempts, rounds }: Progress): boolean {
  const firstAsking = Math.max(0, policy.steps.findIndex(asks));
  return attempts === 0 && rounds === 0 && step <= firstAsking;
}

/** Quiet hours put off what is due in them to their end; never for priority 1. */
function afterQuiet(dueMs: number, nowMs: number, { priority, quietForMs }: Circumstances): number {
  if (priority === 1) return dueMs;
  const atMs = Math.max(dueMs, nowMs);
  const quietMs = quietForMs(atMs);
  return quietMs > 0 ? atMs + quietMs : dueMs;
}

/** What the step in work does, due or not. */
export const moveAt = (policy: FrozenPolicy, progress: Progress): Extract<Move, { do: 'offer' | 'notify' }> =>
  moveOf(policy.steps[progress.step]);

function dueAt(policy: FrozenPolicy, { step, attempts, rounds, stepSinceMs }: Progress): number {
  const current = policy.steps[step];
  if (current !== undefined) {
    // An offer that was not accepted is followed by the next one at once; a notice is repeated after its time.
    if (attempts > 0 && asks(current)) return stepSinceMs;
    return stepSinceMs + Math.max(current.afterS * 1000, attempts > 0 ? REPEAT_AT_LEAST_MS : 0);
  }
  if (rounds === 0 && policy.steps.at(-1)?.to !== 'supervisor') return stepSinceMs;
  return stepSinceMs + (rounds < EARLY_ROUNDS ? ROUND_MS : LATE_ROUND_MS);
}

/** Asks somebody to come; the others only tell. */
export const asks = ({ to }: Pick<PolicyStep, 'to'>): boolean =>
  to === 'recommended' || to === 'shift' || to === 'person' || to === 'role';

function moveOf(step: PolicyStep | undefined): Extract<Move, { do: 'offer' | 'notify' }> {
  if (step === undefined) return { do: 'offer', acceptWithinMs: ACCEPT_WITHIN_MS, breadth: 1 };
  switch (step.to) {
    case 'recommended':
      return { do: 'offer', acceptWithinMs: acceptWithinMs(step), breadth: 1 };
    case 'shift':
      return { do: 'offer', acceptWithinMs: acceptWithinMs(step), breadth: SHIFT_BREADTH };
    case 'person':
      return {
        do: 'offer',
        acceptWithinMs: acceptWithinMs(step),
        breadth: 1,
        among: { caregiverId: step.caregiverId ?? '' },
      };
    case 'role':
      return {
        do: 'offer',
        acceptWithinMs: acceptWithinMs(step),
        breadth: 1,
        among: { role: step.role ?? '', ring: step.ring ?? 'district' },
      };
    case 'contacts':
    case 'supervisor':
    case '120':
      return { do: 'notify', to: step.to };
  }
}

const acceptWithinMs = (step: PolicyStep): number =>
  step.acceptWithinS === undefined ? ACCEPT_WITHIN_MS : step.acceptWithinS * 1000;

/**
 * The progress once the move was made. `nobody`: there was nobody left to offer to, so the step is over. In the standing
 * rounds a `nobody` is followed by a notice to the supervisor, which the caller makes (see `roundNotifies`).
 */
export function afterMove(
  policy: FrozenPolicy,
  progress: Progress,
  result: 'done' | 'nobody',
  nowMs: number,
): Progress {
  const step = policy.steps[progress.step];
  if (step === undefined) return { ...progress, rounds: progress.rounds + 1, stepSinceMs: nowMs };
  const attempts = progress.attempts + 1;
  const over = result === 'nobody' || attempts > (step.repeat ?? 0);
  // The last attempt of an asking step still has its time to be accepted: the step stays until that has run out.
  if (!over || (asks(step) && result === 'done')) return { ...progress, attempts, stepSinceMs: nowMs };
  return { ...progress, step: progress.step + 1, attempts: 0, stepSinceMs: nowMs };
}

/** The step in work has used up its attempts and nobody is asked any more: on to the next one, its time counting from now. */
export function settle(
  policy: FrozenPolicy,
  progress: Progress,
  standing: Standing,
  nowMs: number,
): Progress {
  const step = policy.steps[progress.step];
  if (step === undefined || standing.kind !== 'idle') return progress;
  if (progress.attempts <= (step.repeat ?? 0)) return progress;
  return { ...progress, step: progress.step + 1, attempts: 0, stepSinceMs: nowMs };
}

/** Beyond the last step every round without a taker tells the supervisor. */
export const inRounds = (policy: FrozenPolicy, progress: Progress): boolean =>
  progress.step >= policy.steps.length;

/** A person asks for a step now: that one, or the next that has not been tried. Never backwards (I9). */
export function jumpTo(progress: Progress, step: number | undefined, nowMs: number): Progress {
  const wanted = step ?? (progress.attempts > 0 ? progress.step + 1 : progress.step);
  if (wanted <= progress.step) return { ...progress, stepSinceMs: nowMs };
  return { ...progress, step: wanted, attempts: 0, stepSinceMs: nowMs };
}
