import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Priority } from './api-types.ts';
import { alertOf, iso, orderOf, T0 } from './example-alert.ts';
import { compareAlerts, countsOf, leadingOrder, NO_FILTER, queueOf } from './queue-order.ts';

const none = (): boolean => false;

describe('queue order', () => {
  it('is strict priority, then age, then id', () => {
    const young1 = alertOf({ id: 'b', openedAt: iso(T0 + 5000) });
    const old1 = alertOf({ id: 'c' });
    const twin = alertOf({ id: 'a' });
    const old2 = alertOf({ id: 'd', priority: 2, openedAt: iso(T0 - 60_000) });
    const queue = queueOf([young1, old2, old1, twin], NO_FILTER, 'me', none);
    expect(queue.map((a) => a.id)).toEqual(['a', 'c', 'b', 'd']);
  });

  it('is total: every console sorts the same set the same way', () => {
    const some = fc.record({
      id: fc.stringMatching(/^[a-f]{1,3}$/),
      priority: fc.constantFrom<Priority[]>(1, 2, 3, 4),
      openedAt: fc.constantFrom(iso(T0), iso(T0 + 1)),
    });
    fc.assert(
      fc.property(fc.uniqueArray(some, { selector: (a) => a.id }), (patches) => {
        const alerts = patches.map(alertOf);
        const one = alerts.toSorted(compareAlerts).map((a) => a.id);
        expect(
          alerts
            .toReversed()
            .toSorted(compareAlerts)
            .map((a) => a.id),
        ).toEqual(one);
      }),
    );
  });

  it('shows no resolved and no synthetic alarm', () => {
    const queue = queueOf(
      [alertOf({ state: 'resolved' }), alertOf({ synthetic: true })],
      NO_FILTER,
      'me',
      none,
    );
    expect(queue).toEqual([]);
  });

  it('filters by street, kind, what waits, and who has it', () => {
    const mine = alertOf({ id: 'm', state: 'acknowledged', acknowledgedBy: 'me' });
    const fall = alertOf({ id: 'f', kind: 'fall', street: '梅林' });
    const ids = (filter: object): string[] =>
      queueOf([mine, fall], { ...NO_FILTER, ...filter }, 'me', (a) => a.id === 'f').map((a) => a.id);
    expect(ids({ street: '梅林' })).toEqual(['f']);
    expect(ids({ kind: 'sos' })).toEqual(['m']);
    expect(ids({ view: 'waiting' })).toEqual(['f']);
    expect(ids({ view: 'mine' })).toEqual(['m']);
    expect(ids({ view: 'callbacks' })).toEqual(['f']);
  });

  it('counts what is unresolved by priority', () => {
    const counts = countsOf(
      [
        alertOf(),
        alertOf({ id: 'b', priority: 3, state: 'acknowledged', acknowledgedBy: 'me' }),
        alertOf({ id: 'c', state: 'resolved' }),
      ],
      'me',
      none,
    );
    expect(counts).toEqual({ byPriority: [0, 1, 0, 1, 0], waiting: 1, mine: 1, callBacks: 0, total: 2 });
  });

  it('takes the order furthest on its way as the one that matters', () => {
    const late = orderOf({ id: 'late', state: 'offered', createdAt: iso(T0 + 90_000) });
    const going = orderOf({ id: 'going', state: 'en_route' });
    const off = orderOf({ id: 'off', state: 'cancelled', createdAt: iso(T0 + 99_000) });
    expect(leadingOrder([late, going, off])?.id).toBe('going');
    expect(leadingOrder([])).toBeUndefined();
    const done = orderOf({ id: 'done', state: 'completed' });
    expect(leadingOrder([done, late])?.id).toBe('late');
    expect(
      leadingOrder([{ ...done, createdAt: iso(T0 + 1) }, orderOf({ state: 'requested', id: 'none' })])?.id,
    ).toBe('none');
    expect(leadingOrder([off, done])?.id).toBe('done');
  });
});
