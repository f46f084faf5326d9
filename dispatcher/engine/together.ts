import type { Transaction } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { readCases } from '../../alerts/store.ts';
import type { OrderRecord } from '../lifecycle/order-record.ts';
import { claimOffers } from '../orders/order-store.ts';
import type { Given } from '../assignment/assign-errands.ts';
import { transact } from '../transact.ts';
import { advance } from './advance.ts';
import { CaseFile } from './case-file.ts';
import type { EngineDeps } from './engine.ts';
import { offerDue } from './escalate.ts';
import { takeableOffers } from './take-back.ts';
import { errandOf, orderFor, type Planned, wayOf } from './offer-next.ts';

/** So many are solved together: the most urgent first, the rest with who is left. */
const SOLVED_AT_ONCE = 1_000;
/** So many are carried out in one transaction: their keys are locked so long, and a press may wait for one of them. */
const CARRIED_AT_ONCE = 50;
/** Transactions at the same time; each takes a connection. */
const PARALLEL = 3;

/**
 * Alerts that are due at the same time: who is offered to whom is decided for all of them together, then carried out
 * in transactions of a few dozen. What has changed in between is looked at again by whoever comes next; nobody who
 * accepted, or who is being asked, is ever taken away from what they have.
 *
 * Gives the alerts that are left: somebody else was at them, or had been quicker with a caregiver. `ids`: the most
 * urgent first.
 */
export async function tickTogether(
  ids: readonly string[],
  deps: EngineDeps,
  seen: (file: CaseFile) => void,
): Promise<string[]> {
  const left: string[] = [];
  for (const chunk of inChunks(ids, SOLVED_AT_ONCE)) {
    const plan = await planOffers(chunk, deps);
    let asked = 0;
    const carry = async (from: readonly string[], parallel: number): Promise<string[]> => {
      const missed: string[] = [];
      const batches = inChunks(from, CARRIED_AT_ONCE);
      const work = async (): Promise<void> => {
        for (let batch = batches.shift(); batch !== undefined; batch = batches.shift())
          try {
            const carried = await carryOut(batch, plan, deps, seen);
            missed.push(...carried.missed);
            asked += carried.asked;
          } catch (error) {
            deps.log.warn({ err: error, alerts: batch.length }, 'not carried out together: one by one');
            missed.push(...batch);
          }
      };
      await Promise.all(Array.from({ length: parallel }, work));
      return missed;
    };
    // Keys share slots (0002): some were held by our own other batches, and are free now.
    const carryAll = async (from: readonly string[]): Promise<string[]> =>
      carry(await carry(from, PARALLEL), 1);
    const without = chunk.filter((id) => isShort(plan.get(id)));
    left.push(...(await carryAll(chunk.filter((id) => !isShort(plan.get(id))))));
    // Whoever was meant for an alert that wants nobody any more is free for those that were to have nobody: they see for themselves
    const free = plan.size - without.length - asked;
    left.push(...without.slice(0, free), ...(await carryAll(without.slice(free))));
  }
  return left;
}

/** By alert. Read without locks: what is carried out is decided again on the locked case. */
async function planOffers(ids: readonly string[], deps: EngineDeps): Promise<Map<string, Given>> {
  const now = deps.clock.now();
  const cases = await readCases(deps.pool, ids, false);
  const wanted = cases.flatMap(({ record, orders }) => {
    const { alert } = record;
    const due = dueOrNone(() => offerDue(record, orders as OrderRecord[], now, deps));
    // What is for a time is planned by diaries, one by one.
    if (due === undefined || due.waiting?.order.scheduledAt != null) return [];
    const order = due.waiting?.order ?? orderFor(alert, { id: '' }, now);
    return [{ alertId: alert.id, priority: alert.priority, ...errandOf(alert.kind, order, now) }];
  });
  if (wanted.length === 0) return new Map();
  const given = await deps.recommender.assign(deps.pool, wanted, now);
  return new Map(wanted.flatMap(({ alertId }, i) => (given[i] === undefined ? [] : [[alertId, given[i]]])));
}

/** A case that cannot be read must not keep the others from being planned; it fails by itself, later. */
function dueOrNone<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

/** `missed`: nothing was done about them. `asked`: so many of whom the plan gives have an offer now. */
async function carryOut(
  ids: readonly string[],
  plan: ReadonlyMap<string, Given>,
  deps: EngineDeps,
  seen: (file: CaseFile) => void,
): Promise<{ missed: string[]; asked: number }> {
  const { done, asked } = await transact(deps.pool, async (tx) => {
    const now = deps.clock.now();
    const files = await CaseFile.ofAlerts(tx, ids, now);
    const { planned, missed } = await claim(tx, files, plan, deps, now);
    const mine = files.filter((file) => !missed.has(file.record?.alert.id ?? ''));
    for (const file of mine) seen(file);
    for (const file of mine) {
      await advance(file, { ...deps, planned });
      mustHaveUsed(file, planned);
    }
    await CaseFile.writeAll(tx, mine, now);
    return { done: mine, asked: [...planned.values()].filter((item) => 'offerId' in item).length };
  });
  for (const file of done) deps.onCommitted(file);
  const doneIds = new Set(done.map((file) => file.record?.alert.id));
  return { missed: ids.filter((id) => !doneIds.has(id)), asked };
}

const isShort = (given: Given | undefined): boolean => given !== undefined && 'shortfalls' in given;

/** Somebody who was claimed and not asked would wait for nothing: rather nobody of this batch, and one by one. */
function mustHaveUsed(file: CaseFile, planned: ReadonlyMap<string, Planned>): void {
  const item = planned.get(file.record?.alert.id ?? '');
  if (item === undefined || 'shortfalls' in item) return;
  if (!file.order(item.orderId)?.order.offers.some((offer) => offer.id === item.offerId))
    throw new Error(`the offer planned for order ${item.orderId} was not made`);
}

/** Claims whom the plan gives to each case that still wants somebody. `missed`: others have been quicker. */
async function claim(
  tx: Transaction,
  files: readonly CaseFile[],
  plan: ReadonlyMap<string, Given>,
  deps: EngineDeps,
  now: number,
): Promise<{ planned: Map<string, Planned>; missed: Set<string> }> {
  const planned = new Map<string, Planned>();
  const missed = new Set<string>();
  // For so many of the gravest somebody may be taken back from something less grave; that is decided one by one.
  const grave = files.some(({ record }) => {
    const given = record && plan.get(record.alert.id);
    return record?.alert.priority === 1 && given !== undefined && 'shortfalls' in given;
  });
  let takeable = grave ? (await takeableOffers(tx, 1)).length : 0;
  const claims = files.flatMap((file) => {
    const { record } = file;
    const given = record && plan.get(record.alert.id);
    if (record === undefined || given === undefined) return [];
    const due = offerDue(record, file.orders, now, deps);
    if (due === undefined) return [];
    if ('shortfalls' in given) {
      if (record.alert.priority === 1 && takeable > 0) {
        takeable -= 1;
        missed.add(record.alert.id);
        return [];
      }
      planned.set(record.alert.id, given);
      return [];
    }
    const { caregiverId } = given.person;
    const asked = due.waiting?.order.offers.some(
      (offer) => offer.caregiverId === caregiverId && offer.outcome === 'declined',
    );
    if (asked === true) return [];
    const orderId = due.waiting?.order.id ?? deps.newId('o');
    const offerId = deps.newId('of');
    planned.set(record.alert.id, { orderId, offerId, caregiverId, note: wayOf(given.travel) });
    return [
      {
        id: offerId,
        orderId,
        caregiverId,
        emergency: due.waiting?.order.emergency ?? true,
        expiresAt: toIso(now + due.acceptWithinMs),
      },
    ];
  });
  const had = await claimOffers(tx, claims, now);
  for (const [alertId, item] of planned)
    if ('offerId' in item && !had.has(item.offerId)) {
      planned.delete(alertId);
      missed.add(alertId);
    }
  return { planned, missed };
}

function inChunks<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
