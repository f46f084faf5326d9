import { describe, expect, it } from 'vitest';
import { callBackOf, calledSince, callNote, readCallNote } from './call-log.ts';
import { alertOf, iso, T0 } from './example-alert.ts';

const entry = (note: string, s = 0) => ({ at: iso(T0 + s * 1000), what: 'note', by: 'operator', note });
const missed = { who: '李梅（女儿）', reached: false, backAt: iso(T0 + 300_000), remark: '手机关机 · 再试' };

describe('the call log', () => {
  it('reads back what it writes', () => {
    for (const call of [missed, { who: '王桂兰（本人）', reached: true, backAt: null, remark: '' }])
      expect(readCallNote(callNote(call))).toEqual(call);
    expect(readCallNote('摔倒了，意识清楚')).toBeUndefined();
    expect(readCallNote(null)).toBeUndefined();
  });

  it('owes a call-back until the next call or the end', () => {
    const owing = alertOf({ timeline: [entry(callNote(missed)), entry('别的备注', 1)] });
    expect(callBackOf(owing)).toMatchObject({ who: '李梅（女儿）', dueAt: missed.backAt, by: 'operator' });
    expect(callBackOf({ ...owing, state: 'resolved' })).toBeUndefined();
    const called = {
      ...owing,
      timeline: [...owing.timeline, entry(callNote({ ...missed, reached: true, backAt: null }), 2)],
    };
    expect(callBackOf(called)).toBeUndefined();
  });

  it('counts a call only since the acknowledgement', () => {
    const timeline = [entry(callNote(missed), 5)];
    expect(calledSince(timeline, iso(T0))).toBe(true);
    expect(calledSince(timeline, iso(T0 + 9000))).toBe(false);
  });
});
