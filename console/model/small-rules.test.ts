import { describe, expect, it } from 'vitest';
import { wordsOf } from '../words/words.ts';
import { backoffMs } from './backoff.ts';
import { clockOffsetMs } from './clock-offset.ts';
import { conflictText } from './conflict.ts';
import { deviceHealth } from './device-health.ts';
import { dispositionsFor, needsNote } from './dispositions.ts';
import { alertOf, GUILAN, iso, T0 } from './example-alert.ts';
import { CIRCLE_M, distanceM, roundLength } from './map-view.ts';
import { nameAndAge, phoneText, situationTags, wishesOf } from './person.ts';
import { SHIPPED_PROTOCOLS } from '../../schemas/protocol.ts';
import { answered, freshId, moved, protocolNote } from './protocol.ts';
import { reasonText, skillText } from './reason.ts';
import { timelineText } from './timeline-text.ts';

const zh = wordsOf('zh');
const en = wordsOf('en');

describe('small rules', () => {
  it('reconnecting waits longer each time, to half a minute', () => {
    expect([0, 1, 2, 3, 9].map((n) => backoffMs(n, 0.5))).toEqual([350, 1000, 2000, 4000, 30_000]);
  });

  it('a clock’s difference below two seconds is noise', () => {
    const date = new Date(T0).toUTCString();
    expect(clockOffsetMs(date, T0, T0 + 100)).toBe(0);
    expect(clockOffsetMs(date, T0 - 60_000, T0 - 60_000)).toBe(60_500);
    expect(clockOffsetMs(null, T0, T0)).toBeUndefined();
  });

  it('a conflict says who did what just now', () => {
    const taken = alertOf({ state: 'acknowledged', acknowledgedBy: '李敏', acknowledgedAt: iso(T0) });
    expect(conflictText(taken, 'me', T0 + 20_000, zh)).toBe('李敏 在 20 秒前 接警');
    const done = alertOf({
      state: 'resolved',
      resolvedBy: '李敏',
      resolvedAt: iso(T0),
      disposition: 'assisted',
    });
    expect(conflictText(done, 'me', T0 + 1000, zh)).toBe('李敏 在 刚刚 处置为「已上门协助」');
  });

  it('reasons become short tags, unknown ones stay readable', () => {
    expect(['on_shift', 'skill:助急', 'stars:5', 'within_15_min'].map((r) => reasonText(r, zh))).toEqual([
      '当班',
      '会助急',
      '5 星',
      '15 分钟内',
    ]);
    expect(reasonText('brand_new_reason', en)).toBe('brand new reason');
    expect(reasonText('skill:urgent', zh)).toBe('会助急');
    // Registered in Chinese, read by somebody who does not.
    expect(reasonText('skill:助急', en)).toBe(reasonText('skill:urgent', en));
    expect(['急救', '会手语'].map((skill) => skillText(skill, en))).toEqual(['First aid', '会手语']);
    expect(skillText('急救', zh)).toBe('急救');
  });

  it('timeline codes become words, what people wrote stays', () => {
    const say = (what: string, note: string | null) =>
      timelineText({ at: iso(T0), what, by: 'system', note }, zh, (id) =>
        id === 'cg-1' ? '张婷婷' : undefined,
      );
    expect(say('verified', 'silence')).toEqual({ title: '询问结束', note: '询问未应答，按需要帮助处理' });
    expect(say('resolved', 'false_alarm').note).toBe('误报');
    expect(say('escalated', 'supervisor: 无人接单').note).toBe('主管 · 无人接单');
    expect(say('escalated', '120: 已通话')).toEqual({ title: '转 120', note: '已通话' });
    expect(say('escalated', '120')).toEqual({ title: '转 120', note: '' });
    expect(say('raised', 'inactivity P2 → fall P1').note).toBe('长时间无活动 二级 → 跌倒 一级');
    expect(say('order_completed', 'cg-1, 31 min').note).toBe('张婷婷 · 31 分钟');
    expect(say('order_arrived', 'cg-1, 520 m off').note).toBe('张婷婷 · 距登记地址 520 米');
    expect(say('order_declined', 'cg-1: 太远').note).toBe('张婷婷 · 太远');
    expect(say('order_requested', 'urgent').note).toBe('助急');
    expect(say('order_unfilled', 'nobody_on_shift, hand_over_120').note).toBe('无人当班 · 建议转 120');
    expect(say('note', '长者说没事')).toEqual({ title: '备注', note: '长者说没事' });
    expect(say('something_new', null).title).toBe('something new');
  });

  it('people are tagged by how they live, not by their illnesses', () => {
    expect(situationTags(GUILAN, zh)).toEqual(['独居']);
    expect(situationTags({ ...GUILAN, conditions: ['lives_alone', 'dementia'], careLevel: 3 }, en)).toEqual([
      'alone',
      'disabled',
      'dementia',
    ]);
    expect(nameAndAge(GUILAN, T0, zh)).toBe('王桂兰 83 岁');
    expect(phoneText('19900012345')).toBe('199 0001 2345');
    expect(phoneText('0755-8888')).toBe('0755-8888');
  });

  it('an answered question is found in the notes, the last answer counts', () => {
    const [q] = SHIPPED_PROTOCOLS.sos;
    if (!q) throw new Error('no question');
    expect(answered(q, [null, '别的'])).toBeUndefined();
    expect(answered(q, [protocolNote(q, 'yes'), protocolNote(q, 'no')])).toBe('no');
  });

  it('questions change places, and a new one gets an id of its own', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
    const [q] = SHIPPED_PROTOCOLS.sos;
    if (!q) throw new Error('no question');
    expect(freshId([{ ...q, id: 'q2' }])).toBe('q3');
  });

  it('wishes are said in words, people by name where it is known', () => {
    const wishes = { gender: 'female' as const, languages: ['yue'], avoided: ['cg-1', 'cg-2'], note: '怕狗' };
    const nameOf = (id: string): string | undefined => (id === 'cg-1' ? '李梅' : undefined);
    expect(wishesOf({ ...GUILAN, wishes }, zh, nameOf)).toEqual([
      '希望来的是女性',
      `说${zh.language['yue']}`,
      '不要 李梅、cg-2',
      '怕狗',
    ]);
    expect(wishesOf(GUILAN, zh, nameOf)).toEqual([]);
  });

  it('a device’s health is what is known, and silence is not a fault', () => {
    const device = { id: 'd', homeId: 'h', kind: 'sos_button' as const };
    expect(deviceHealth([device], [], new Set())[0]).toMatchObject({ standing: 'silent', lastSeenAt: null });
    expect(deviceHealth([device], [], new Set(['d']))[0]?.standing).toBe('offline');
    const reading = {
      messageId: null,
      deviceId: 'd',
      channel: 'sos' as const,
      occurredAt: iso(T0),
      receivedAt: iso(T0),
      payload: { battery: 15 },
    };
    expect(deviceHealth([device], [reading], new Set())[0]).toMatchObject({
      standing: 'online',
      battery: 15,
      lastSeenAt: iso(T0),
    });
  });

  it('closing a real call as a false alarm wants a sentence', () => {
    expect(needsNote({ priority: 1, test: false }, 'false_alarm')).toBe(true);
    expect(needsNote({ priority: 1, test: true }, 'false_alarm')).toBe(false);
    expect(needsNote({ priority: 3, test: false }, 'false_alarm')).toBe(false);
    expect(dispositionsFor({ kind: 'low_battery', test: false })[0]).toBe('device_repaired');
    expect(dispositionsFor({ kind: 'sos', test: true })[0]).toBe('test');
  });

  it('the map measures in metres and in round lengths', () => {
    expect(CIRCLE_M).toBe(2500);
    expect([75, 180, 620].map(roundLength)).toEqual([50, 100, 500]);
    expect(distanceM({ lat: 22.5, lon: 114 }, { lat: 22.51, lon: 114 })).toBeCloseTo(1113, 0);
  });
});
