import { expect, it } from 'vitest';
import { press } from '../alerts/testing/signals.ts';
import { dedupKey } from '../schemas/alert.ts';
import type { Signal } from '../schemas/signal.ts';
import { anewOnRetry } from '../tests/support/anew.ts';
import { caregiver, type District, district, operator, S, T0, valueOf, whats } from './testing/district.ts';

/** One database for all; every test has homes and people of its own, who go off shift at its end. */
let d: District;
let nth = 0;
anewOnRetry(
  async () => void (d = await district()),
  () => d.end(),
);

const fresh = (prefix: string): string => `${prefix}${(nth += 1)}`;
const raised = async (...patches: Partial<Signal>[]): Promise<string[]> => {
  const signals: Signal[] = [];
  for (const patch of patches) {
    const homeId = fresh('h');
    await d.home(homeId);
    signals.push({ ...press(patch), homeId, dedupKey: dedupKey.emergency(homeId) });
  }
  return (await d.raise(signals)).alerts.map(({ id }) => id);
};
const still: Partial<Signal> = { kind: 'inactivity', priority: 2, effect: 'raise' };
const offersOf = async (alertId: string) =>
  (await d.ordersOf(alertId)).flatMap(({ offers }) => offers.map((one) => [one.caregiverId, one.outcome]));
const here = async (...ids: string[]): Promise<void> => {
  for (const id of ids) await d.caregiver(id);
  await d.pool.query('update shifts set to_at = $1 where caregiver_id = any($2)', [
    new Date(d.clock.now() + 86_400_000),
    ids,
  ]);
};
const over = async (...alertIds: string[]): Promise<void> => {
  for (const id of alertIds) valueOf(await d.alerts.resolve(id, operator, { disposition: 'assisted' }));
  await d.pool.query('update shifts set retired_at = $1', [new Date(T0)]);
};

it('an offer nobody has accepted is taken back for a graver alert, and the other one goes on at once', async () => {
  const [only, next] = [fresh('c'), fresh('c')];
  await here(only);
  const [mild = ''] = await raised(still);
  await d.pass(10 * S);
  const [grave = ''] = await raised({});
  await d.pass(25 * S);
  expect(await offersOf(mild)).toEqual([[only, null]]);
  await here(next);
  await d.pool.query('update caregivers set lat = lat + 1, version = version + 1 where id = $1', [next]);
  await d.pass(5 * S);
  expect(await offersOf(grave)).toEqual([[only, null]]);
  expect(await offersOf(mild)).toEqual([[only, 'withdrawn']]);
  expect(whats(await d.alert(mild))).toContain('order_offer_withdrawn');
  expect((await d.alert(mild)).timeline.at(-1)).toMatchObject({ what: 'escalated', note: 'supervisor' });
  expect(await d.dispatcher.audit()).toEqual({});
  await over(mild, grave);
});

it('nobody who has accepted, whom a person named, or who is asked about as grave a thing is taken back', async () => {
  const [taken, named, busy] = [fresh('c'), fresh('c'), fresh('c')];
  await here(taken);
  const [first = ''] = await raised(still);
  await d.pass(30 * S);
  valueOf(await d.orders.accept((await d.ordersOf(first))[0]?.id ?? '', caregiver(taken), {}));
  await here(named);
  const [second = ''] = await raised(still);
  valueOf(await d.alerts.dispatch(second, operator, { caregiverId: named }));
  await here(busy);
  const [third = ''] = await raised({});
  valueOf(await d.alerts.dispatch(third, operator, {}));
  await d.alerts.escalate(second, operator, {});
  const [grave = ''] = await raised({});
  valueOf(await d.alerts.escalate(grave, operator, {}));
  expect(await offersOf(grave)).toEqual([]);
  expect([await offersOf(second), await offersOf(third)]).toEqual([[[named, null]], [[busy, null]]]);
  await over(first, second, third, grave);
});

it('in a burst each who can be taken back is, and nobody is asked twice (I11)', async () => {
  const people = [fresh('c'), fresh('c')];
  await here(...people);
  const mild = await raised(still, still);
  await d.pass(5 * S);
  const grave = await raised({}, {}, {});
  await d.pass(31 * S);
  const open = (await Promise.all(grave.map(offersOf))).flat().filter(([, outcome]) => outcome === null);
  expect(open.map(([who]) => who).toSorted()).toEqual(people.toSorted());
  expect((await Promise.all(mild.map(offersOf))).flat().map(([, outcome]) => outcome)).toEqual([
    'withdrawn',
    'withdrawn',
  ]);
  expect(await d.dispatcher.audit()).toEqual({});
  await over(...mild, ...grave);
});
