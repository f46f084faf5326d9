import { escalates } from '../../alerts/deadlines.ts';
import type { AlertRecord } from '../../alerts/record.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import {
  afterMove,
  type Circumstances,
  inRounds,
  jumpTo,
  type Move,
  type Notified,
  moveAt,
  nextMove,
  type OfferMove,
  type Progress,
  settle,
  type Standing,
  waitsForAnswer,
} from '../escalation/escalation.ts';
import { quietForMs } from '../escalation/quiet-hours.ts';
import { expire } from '../lifecycle/offers.ts';
import {
  isOver,
  isTaken,
  openOffers,
  type OrderRecord,
  waitsForSomebody,
} from '../lifecycle/order-record.ts';
import type { CaseFile } from './case-file.ts';
import { makeOrder, type OfferDeps, type Offered, offerNext } from './offer-next.ts';

/** Policies have at most 20 steps of at most 21 tries; all of them could be due at once after an outage of ours. */
const MOST_MOVES = 500;

/** Carries out what the frozen policy says is due, and sets the deadline for what comes next (I6, I9). */
export async function escalate(file: CaseFile, deps: OfferDeps): Promise<void> {
  const { now } = file;
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    const { alert, work } = recordOf(file);
    const standing = standingOf(file);
    const before = progressOf(work);
    const progress = settle(work.policy, before, standing, now);
    const move = nextMove(work.policy, progress, standing, now, circumstancesOf(recordOf(file), deps));
    if (move.do === 'wait') {
      const deadlineAt = toIso(move.untilMs);
      if (progress !== before || deadlineAt !== alert.deadlineAt)
        file.add({
          type: 'deadline',
          at: toIso(now),
          deadlineAt,
          ...(progress !== before && { progress: stored(progress) }),
        });
      return;
    }
    if (move.do === 'remind')
      file.add({ type: 'reminded', at: toIso(now), note: 'visit completed, alert still open' });
    else await carryOut(file, progress, move, 'system', deps);
  }
  throw new Error(`alert ${recordOf(file).alert.id} does not come to rest`);
}

/** A person escalates: to that step, or to the next that has not been tried. Carried out now, whatever its time. */
export async function escalateByHand(
  file: CaseFile,
  asked: { by: string; step: number | undefined; note: string | null },
  deps: OfferDeps,
): Promise<void> {
  const { work } = recordOf(file);
  const progress = jumpTo(progressOf(work), asked.step, file.now);
  await carryOut(file, progress, moveAt(work.policy, progress), asked.by, deps, asked.note);
}

async function carryOut(
  file: CaseFile,
  progress: Progress,
  move: Extract<Move, { do: 'offer' | 'notify' }>,
  by: string,
  deps: OfferDeps,
  note: string | null = null,
): Promise<void> {
  const { alert, work } = recordOf(file);
  const { policy } = work;
  if (
    by === 'system' &&
    alert.priority <= 2 &&
    waitsForAnswer(policy, progress) &&
    deps.attended(alert.street)
  )
    deps.unanswered(alert.street, progress.stepSinceMs);
  const said = (fact: string): string => (note === null ? fact : `${fact} (${note})`);
  if (move.do === 'notify') {
    escalated(file, afterMove(policy, progress, 'done', file.now), by, move.to, note);
    tell(file, progress, by, move.to, deps);
    return;
  }
  const offered = await offerTheOrder(file, move, by, deps);
  const next = afterMove(policy, progress, 'shortfalls' in offered ? 'nobody' : 'done', file.now);
  if (!('shortfalls' in offered)) {
    escalated(file, next, by, targetOf(move), said(offered.to.join(', ')));
    return;
  }
  const why = said(offered.shortfalls.join(', '));
  // In the standing rounds nobody else is left to turn to.
  const last = inRounds(policy, progress);
  escalated(file, next, by, last ? 'supervisor' : targetOf(move), why);
  if (!last) return;
  tell(file, progress, by, 'supervisor', deps);
  // Beyond the widest ring of the network it is 120: handed over once in an opening, and on record.
  const beyond = alert.priority === 1 && offered.shortfalls.includes('hand_over_120');
  if (!beyond || progress.rounds > 0 || policy.steps.some(({ to }) => to === '120')) return;
  escalated(file, next, by, '120', why);
  tell(file, progress, by, '120', deps);
}

const targetOf = ({ among }: OfferMove): string =>
  among === undefined ? 'recommended' : 'role' in among ? `role ${among.role}` : 'person';

/** The order that waits for somebody, or a new one; a person's own order is not mixed up with the policy's. */
async function offerTheOrder(file: CaseFile, move: OfferMove, by: string, deps: OfferDeps): Promise<Offered> {
  const waiting = file.liveOrders.find(({ order }) => waitsForSomebody(order));
  const origin = by === 'system' ? 'escalation' : 'operator';
  const order =
    waiting ?? makeOrder(file, { by, origin, acceptWithinMs: move.acceptWithinMs, note: null }, deps);
  return offerNext(file, order.order.id, { by, breadth: move.breadth, among: move.among }, deps);
}

/** Those whom no page reaches. A test or a canary is nobody's emergency. */
function tell(
  file: CaseFile,
  progress: Progress,
  by: string,
  target: Notified,
  { channels }: OfferDeps,
): void {
  const { alert, work } = recordOf(file);
  if (alert.test || alert.synthetic) return;
  file.notify({
    alertId: alert.id,
    opening: work.opening,
    step: `${work.opening}-${progress.step}-${progress.rounds}-${target}`,
    target,
    attempt: progress.attempts + 1,
    byHand: by !== 'system',
    channels,
  });
}

function escalated(file: CaseFile, next: Progress, by: string, to: string, note: string | null): void {
  file.add({ type: 'escalated', at: toIso(file.now), by, to, note, ...stored(next) });
}

/**
 * The offer that the policy would make now, all by itself: what `escalate` is about to do, without doing it, so that
 * the offers of many alerts can be decided together. Undefined: none, or one that is decided alone.
 */
export function offerDue(
  record: AlertRecord,
  orders: readonly OrderRecord[],
  now: number,
  deps: CircumstanceDeps,
): { acceptWithinMs: number; waiting: OrderRecord | undefined } | undefined {
  const { alert, work } = record;
  if (alert.state !== 'open' || !escalates(alert, work.policy)) return undefined;
  const live = orders.filter(({ order }) => !isOver(order)).map((item) => expired(item, now));
  const open = live.filter(({ order }) => waitsForSomebody(order));
  // A person's order goes on by itself, before the policy is asked.
  if (open.some((item) => item.work.origin !== 'escalation')) return undefined;
  const [waiting] = open;
  const standing = standingAmong(
    live.map(({ order }) => order),
    work,
  );
  let progress = progressOf(work);
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    progress = settle(work.policy, progress, standing, now);
    const move = nextMove(work.policy, progress, standing, now, circumstancesOf(record, deps));
    if (move.do === 'wait' || move.do === 'remind') return undefined;
    if (move.do === 'offer')
      return move.breadth === 1 && move.among === undefined
        ? { acceptWithinMs: waiting?.work.acceptWithinMs ?? move.acceptWithinMs, waiting }
        : undefined;
    progress = afterMove(work.policy, progress, 'done', now);
  }
  return undefined;
}

function expired(record: OrderRecord, now: number): OrderRecord {
  const decision = expire(record, now);
  return decision.ok ? decision.record : record;
}

const standingOf = (file: CaseFile): Standing =>
  standingAmong(
    file.liveOrders.map(({ order }) => order),
    recordOf(file).work,
  );

function standingAmong(orders: readonly Order[], work: AlertRecord['work']): Standing {
  if (orders.some(isTaken)) return { kind: 'taken' };
  const expiries = orders.flatMap(openOffers).map((offer) => Date.parse(offer.expiresAt));
  if (expiries.length > 0) return { kind: 'asked', untilMs: Math.min(...expiries) };
  if (work.served?.opening === work.opening)
    return { kind: 'served', sinceMs: Date.parse(work.served.at), reminded: work.served.reminded === true };
  return { kind: 'idle' };
}

function recordOf(file: CaseFile): AlertRecord {
  if (file.record === undefined) throw new Error('the case has no alert');
  return file.record;
}

/** What escalating asks of the world beside the case. */
export type CircumstanceDeps = Pick<OfferDeps, 'attended' | 'local'>;

const circumstancesOf = ({ alert, work }: AlertRecord, deps: CircumstanceDeps): Circumstances => ({
  priority: alert.priority,
  attended: deps.attended(alert.street),
  quietForMs: (atMs) => quietForMs(work.policy.quiet, atMs, deps.local),
});

const progressOf = (work: AlertRecord['work']): Progress => ({
  step: work.step,
  attempts: work.attempts,
  rounds: work.rounds,
  stepSinceMs: Date.parse(work.stepSince),
});
const stored = ({ step, attempts, rounds, stepSinceMs }: Progress) => ({
  step,
  attempts,
  rounds,
  stepSince: toIso(stepSinceMs),
});
