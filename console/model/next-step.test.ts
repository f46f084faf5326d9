import { describe, expect, it } from 'vitest';
import { wordsOf } from '../words/words.ts';
import { callNote } from './call-log.ts';
import { alertOf, GUILAN, iso, orderOf, T0 } from './example-alert.ts';
import { allowedFor, nextStep } from './next-step.ts';

const step = (alert: ReturnType<typeof alertOf>, orders: ReturnType<typeof orderOf>[] = [], me = 'me') =>
  nextStep({ alert, orders, resident: GUILAN, me, caregiverName: () => '张婷婷' }, wordsOf('zh'));
const mine = { state: 'acknowledged', acknowledgedBy: 'me', acknowledgedAt: iso(T0) } as const;

describe('the next step', () => {
  it('goes acknowledge, call, dispatch, wait, resolve', () => {
    expect(step(alertOf()).primary).toBe('acknowledge');
    const taken = alertOf(mine);
    expect(step(taken)).toEqual({ primary: 'call', text: '致电 王桂兰，问清情况。' });
    const note = callNote({ who: '王桂兰（本人）', reached: true, backAt: null, remark: '' });
    const called = alertOf({ ...mine, timeline: [{ at: iso(T0 + 1), what: 'note', by: 'me', note }] });
    expect(step(called).primary).toBe('dispatch');
    expect(step(called, [orderOf()]).primary).toBeNull();
    expect(step(called, [orderOf({ state: 'en_route', caregiverId: 'c' })]).text).toContain('张婷婷 在路上');
    expect(step(called, [orderOf({ state: 'completed', caregiverId: 'c' })]).primary).toBe('resolve');
  });

  it('is somebody else’s once they have it', () => {
    expect(step(alertOf({ ...mine, acknowledgedBy: '李敏' }))).toEqual({
      primary: null,
      text: '李敏 正在处理。您可以备注或升级。',
    });
  });

  it('says that the resident calls again', () => {
    const again = alertOf({ timeline: [{ at: iso(T0), what: 'called_again', by: 'system', note: 'call' }] });
    expect(step(again).text).toContain('再次呼叫');
  });
});

describe('commands by state', () => {
  it('are those of the contract', () => {
    const names = (state: 'pending' | 'open' | 'acknowledged' | 'resolved') =>
      Object.entries(allowedFor(alertOf({ state })))
        .filter(([, may]) => may)
        .map(([name]) => name)
        .sort();
    expect(names('pending')).toEqual(['acknowledge', 'dispatch', 'escalate', 'note']);
    expect(names('open')).toEqual(['acknowledge', 'dispatch', 'escalate', 'note', 'resolve']);
    expect(names('acknowledged')).toEqual(['dispatch', 'escalate', 'note', 'resolve']);
    expect(names('resolved')).toEqual(['reopen']);
  });
});
