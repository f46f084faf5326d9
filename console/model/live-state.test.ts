import { describe, expect, it } from 'vitest';
import { alertOf, iso, orderOf, T0 } from './example-alert.ts';
import { EMPTY, evolve, ordersOf } from './live-state.ts';
import type { LiveEvent, LiveState } from './live-state.ts';

const run = (events: LiveEvent[], from: LiveState = EMPTY): LiveState => events.reduce(evolve, from);
const loaded = (alerts = [alertOf()], streamId = '10'): LiveEvent => ({
  type: 'loaded',
  alerts,
  orders: [],
  streamId,
  complete: true,
});
const stream = (...alerts: ReturnType<typeof alertOf>[]): LiveEvent => ({
  type: 'stream',
  atMs: T0,
  messages: alerts.map((data, i) => ({ id: String(11 + i), event: 'alert', data })),
});

describe('the live picture', () => {
  it('takes the stream up where the lists stood', () => {
    const state = run([loaded(), stream(alertOf({ version: 2, state: 'acknowledged' }))]);
    expect(state.alerts.get('al-1')?.state).toBe('acknowledged');
    expect(state.lastEventId).toBe('11');
  });

  it('never lets an older version replace a newer one, however it arrived', () => {
    const newer = alertOf({ version: 5, state: 'resolved' });
    for (const late of [
      stream(alertOf({ version: 4 })),
      { type: 'alert', alert: alertOf({ version: 4 }) } as const,
      loaded([alertOf({ version: 4 })]),
    ])
      expect(run([loaded(), { type: 'alert', alert: newer }, late]).alerts.get('al-1')?.version).toBe(5);
  });

  it('takes the same version again, which may carry publishedAt', () => {
    const state = run([loaded(), stream(alertOf({ publishedAt: iso(T0 + 3) }))]);
    expect(state.alerts.get('al-1')?.publishedAt).toBe(iso(T0 + 3));
  });

  it('keeps canary alarms out and notes their delay', () => {
    const canary = alertOf({ id: 'canary', synthetic: true, occurredAt: iso(T0 - 40) });
    const state = run([loaded(), stream(canary)]);
    expect(state.alerts.has('canary')).toBe(false);
    expect(state.canary).toEqual({ latencyMs: 40, atMs: T0 });
  });

  it('marks what opened while cut off as missed, and nothing else', () => {
    const during = alertOf({ id: 'during', openedAt: iso(T0 + 5000) });
    const after = alertOf({ id: 'after', openedAt: iso(T0 + 50_000) });
    const state = run([
      loaded(),
      { type: 'lost', atMs: T0 + 1000 },
      { type: 'back', atMs: T0 + 40_000, reloaded: false },
      stream(during, after),
    ]);
    expect([...state.missed]).toEqual(['during']);
    expect(state.gap).toEqual({ fromMs: T0 + 1000, toMs: T0 + 40_000, reloaded: false });
    expect(evolve(state, { type: 'seen', alertId: 'during' }).missed.size).toBe(0);
  });

  it('a reload replaces the unresolved: what is no longer listed is over', () => {
    const state = run([
      loaded([alertOf(), alertOf({ id: 'al-2' })]),
      { type: 'lost', atMs: T0 },
      loaded([alertOf({ id: 'al-2' }), alertOf({ id: 'al-3' })], '99'),
    ]);
    expect([...state.alerts.keys()]).toEqual(['al-2', 'al-3']);
    expect([...state.missed]).toEqual(['al-3']);
    expect(state.lastEventId).toBe('99');
  });

  it('says that it was reloaded when the service had forgotten the gap', () => {
    const state = run([
      loaded(),
      { type: 'lost', atMs: T0 },
      { type: 'back', atMs: T0 + 9, reloaded: false },
      { type: 'back', atMs: T0 + 10, reloaded: true },
    ]);
    expect(state.gap?.reloaded).toBe(true);
  });

  it('keeps an alarm’s orders oldest first', () => {
    const messages = [
      orderOf({ id: 'b', createdAt: iso(T0 + 2) }),
      orderOf({ id: 'a', createdAt: iso(T0 + 1) }),
    ].map((data, i) => ({ id: String(i), event: 'order', data }));
    const state = run([loaded(), { type: 'stream', messages, atMs: T0 }]);
    expect(ordersOf(state, 'al-1').map((o) => o.id)).toEqual(['a', 'b']);
  });

  it('survives rubbish on the stream', () => {
    const state = run([
      loaded(),
      {
        type: 'stream',
        atMs: T0,
        messages: [
          { id: '12', event: 'alert', data: 'what' },
          { id: '13', event: 'news', data: {} },
        ],
      },
    ]);
    expect(state.alerts.size).toBe(1);
    expect(state.lastEventId).toBe('13');
  });
});
