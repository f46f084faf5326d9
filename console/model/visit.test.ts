import { describe, expect, it } from 'vitest';
import { iso, orderOf, T0 } from './example-alert.ts';
import {
  abandon,
  alreadyDone,
  enqueue,
  NOTHING_WAITING,
  readOutbox,
  settle,
  withWaiting,
} from './visit-outbox.ts';
import { checkInState, countdown, monthStartMs, tally, workOf } from './visit-work.ts';

const MIN = 60_000;
const offer = (patch = {}) => ({
  id: 'of',
  caregiverId: 'me',
  offeredAt: iso(T0),
  expiresAt: iso(T0 + 30_000),
  outcome: null,
  endedAt: null,
  reason: null,
  ...patch,
});

describe('a caregiver’s work', () => {
  it('is the open offer first, an emergency’s before others', () => {
    const plain = orderOf({ id: 'plain', emergency: false, offers: [offer()] });
    const urgent = orderOf({ id: 'urgent', offers: [offer({ expiresAt: iso(T0 + 60_000) })] });
    expect(workOf([plain, urgent], 'me', T0)).toMatchObject({ kind: 'offer', order: { id: 'urgent' } });
  });

  it('never interrupts a visit on scene for an ordinary booking', () => {
    const here = orderOf({ id: 'here', state: 'on_scene', caregiverId: 'me' });
    const plain = orderOf({ id: 'plain', emergency: false, offers: [offer()] });
    expect(workOf([plain, here], 'me', T0)).toMatchObject({ kind: 'visit', order: { id: 'here' } });
  });

  it('shows no offer that is over, taken or another’s', () => {
    const late = orderOf({ offers: [offer({ expiresAt: iso(T0) })] });
    const other = orderOf({ offers: [offer({ caregiverId: 'you' })] });
    const declined = orderOf({ offers: [offer({ outcome: 'declined' })] });
    expect(workOf([late, other, declined], 'me', T0)).toEqual({ kind: 'idle', later: [] });
  });

  it('keeps a booking for tomorrow apart from what is to do now', () => {
    const booked = orderOf({ state: 'accepted', caregiverId: 'me', scheduledAt: iso(T0 + 24 * 60 * MIN) });
    expect(workOf([booked], 'me', T0)).toMatchObject({ kind: 'idle', later: [{ id: 'or-1' }] });
  });

  it('counts an offer down from full to nothing', () => {
    expect(countdown(offer(), T0)).toEqual({ left: 1, seconds: 30 });
    expect(countdown(offer(), T0 + 15_500)).toMatchObject({ seconds: 15 });
    expect(countdown(offer(), T0 + 99_000)).toEqual({ left: 0, seconds: 0 });
  });

  it('sums own finished visits of a month as Shenzhen counts it', () => {
    const start = monthStartMs(T0);
    expect(iso(start)).toBe('2026-10-31T16:00:00.000Z');
    const done = (endedMs: number, score: number | null) =>
      orderOf({
        state: 'completed',
        caregiverId: 'me',
        visit: { beganAt: iso(endedMs - 20 * MIN), endedAt: iso(endedMs), minutes: 20, place: null },
        rating: score === null ? null : { score, comment: null, at: iso(endedMs) },
      });
    const orders = [
      done(start, 9),
      done(start + 1, null),
      done(start - 1, 1),
      { ...done(start, 0), caregiverId: 'you' },
    ];
    expect(tally(orders, 'me', start, T0)).toEqual({ visits: 2, minutes: 40, rating: 9 });
  });
});

describe('the caregiver’s outbox', () => {
  const going = orderOf({ state: 'accepted', caregiverId: 'me' });
  const two = enqueue(
    enqueue(NOTHING_WAITING, 'or-1', 'depart', iso(T0), {}),
    'or-1',
    'arrive',
    iso(T0 + 9 * MIN),
    {},
  );

  it('shows the order as she left it, sent or not', () => {
    expect(withWaiting(going, two)).toMatchObject({
      state: 'on_scene',
      departedAt: iso(T0),
      arrivedAt: iso(T0 + 9 * MIN),
    });
    const done = enqueue(two, 'or-1', 'complete', iso(T0 + 40 * MIN), { notes: '已扶起' });
    expect(withWaiting(going, done)).toMatchObject({
      state: 'completed',
      visit: { minutes: 31, endedAt: iso(T0 + 40 * MIN) },
    });
    expect(withWaiting({ ...going, id: 'or-2' }, done).state).toBe('accepted');
  });

  it('takes a second tap for the same step', () => {
    expect(enqueue(two, 'or-1', 'arrive', iso(T0 + 10 * MIN), {})).toBe(two);
  });

  it('forgets what was sent, and all of an order that was refused', () => {
    expect(settle(two, 1).waiting.map((w) => w.step)).toEqual(['arrive']);
    const [first] = two.waiting;
    expect(first && abandon(two, first).waiting).toEqual([]);
  });

  it('sends only the last word from the scene, and loses nothing else when it is refused', () => {
    const arrived = enqueue(two, 'or-1', 'check_in', iso(T0 + 20 * MIN), {});
    const again = enqueue(arrived, 'or-1', 'check_in', iso(T0 + 25 * MIN), {});
    expect(again.waiting.map((w) => [w.step, w.at])).toEqual([
      ['depart', expect.any(String)],
      ['arrive', expect.any(String)],
      ['check_in', iso(T0 + 25 * MIN)],
    ]);
    const ended = enqueue(again, 'or-1', 'complete', iso(T0 + 30 * MIN), {});
    const word = ended.waiting.find((w) => w.step === 'check_in');
    expect(word && abandon(ended, word).waiting.map((w) => w.step)).toEqual(['depart', 'arrive', 'complete']);
  });

  it('asks for a word shortly before it is due, and until it is heard', () => {
    const there = { state: 'on_scene' as const, checkInDueAt: iso(T0 + 60 * MIN), overdue: null };
    expect(checkInState(there, T0).kind).toBe('quiet');
    expect(checkInState(there, T0 + 56 * MIN).kind).toBe('soon');
    expect(checkInState(there, T0 + 61 * MIN).kind).toBe('overdue');
    expect(checkInState({ ...there, state: 'completed' }, T0 + 61 * MIN)).toEqual({
      kind: 'quiet',
      dueAt: null,
    });
  });

  it('knows a refusal that only means "done already"', () => {
    expect(alreadyDone('depart', { state: 'on_scene' })).toBe(true);
    expect(alreadyDone('arrive', { state: 'en_route' })).toBe(false);
    expect(alreadyDone('complete', { state: 'cancelled' })).toBe(false);
  });

  it('survives a reload, and whatever stands in the storage', () => {
    expect(readOutbox(JSON.stringify(two))).toEqual(two);
    for (const text of [null, '', '{', '[]', '{"next":"x"}'])
      expect(readOutbox(text)).toEqual(NOTHING_WAITING);
  });
});
