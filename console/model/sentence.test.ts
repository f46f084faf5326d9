import { describe, expect, it } from 'vitest';
import { wordsOf } from '../words/words.ts';
import { alertOf, GUILAN, iso, orderOf, T0 } from './example-alert.ts';
import { rowText, sentence, untimedSentence } from './sentence.ts';
import type { SentenceFacts } from './sentence.ts';

const say = (facts: Partial<SentenceFacts>, lang: 'zh' | 'en' = 'zh'): string =>
  sentence(
    {
      alert: alertOf(),
      resident: GUILAN,
      devices: [],
      orders: [],
      caregiverName: () => '张婷婷',
      nowMs: T0 + 133_000,
      ...facts,
    },
    wordsOf(lang),
  );
const unansweredFall = alertOf({
  kind: 'fall',
  evidence: [
    {
      at: iso(T0),
      kind: 'fall_suspected',
      deviceId: 'd',
      messageId: null,
      text: '',
      data: { zone: 'bedroom' },
      for: true,
    },
  ],
  timeline: [
    { at: iso(T0), what: 'pending', by: 'system', note: null },
    { at: iso(T0 + 20_000), what: 'verified', by: 'system', note: 'silence' },
  ],
});

describe('the first line of an alarm', () => {
  it('says it as a person would', () => {
    expect(say({ alert: unansweredFall })).toBe(
      '王桂兰 83 岁 独居 · 卧室疑似跌倒 · 询问 20 秒未应答 · 已 2 分 13 秒',
    );
    expect(say({ alert: unansweredFall }, 'en')).toBe(
      '王桂兰, 83 alone · Suspected fall, bedroom · asked, no answer in 20 s · for 2 min 13 s',
    );
  });

  it('counts down while the resident is being asked', () => {
    const asking = alertOf({ kind: 'fall', priority: 2, state: 'pending', deadlineAt: iso(T0 + 20_000) });
    expect(say({ alert: asking, nowMs: T0 + 8000 })).toBe(
      '王桂兰 83 岁 独居 · 疑似跌倒 · 正在询问，还剩 12 秒 · 已 8 秒',
    );
  });

  it('tells who is doing what about it', () => {
    const taken = alertOf({ state: 'acknowledged', acknowledgedBy: '李敏' });
    expect(say({ alert: taken })).toContain('李敏 已接警');
    expect(say({ alert: taken, orders: [orderOf({ state: 'en_route', caregiverId: 'c' })] })).toContain(
      '张婷婷 已出发',
    );
  });

  it('says how often was pressed, and what was measured', () => {
    expect(say({ alert: alertOf({ calls: 3 }) })).toContain('一键呼叫 · 连按 3 次');
    const vitals = alertOf({
      kind: 'vitals',
      evidence: [
        {
          at: iso(T0),
          kind: 'x',
          deviceId: 'd',
          messageId: null,
          text: '',
          data: { spo2Pct: 86, systolicMmHg: 182, diastolicMmHg: 95 },
          for: true,
        },
      ],
    });
    expect(say({ alert: vitals })).toContain('体征危急 血氧 86%，收缩压 182/95 mmHg');
  });

  it('stands without a resident, device or name', () => {
    expect(say({ resident: undefined, alert: alertOf({ residentId: null }) })).toBe(
      '未登记长者 · 一键呼叫 · 已 2 分 13 秒',
    );
  });

  it('places a device alarm by the device, a wearable by nothing', () => {
    const offline = alertOf({ kind: 'device_offline', priority: 4, deviceIds: ['d-1'] });
    expect(
      say({ alert: offline, devices: [{ id: 'd-1', homeId: 'h-1', kind: 'sos_button', zone: 'bedroom' }] }),
    ).toContain('卧室 一键呼叫按钮 · 设备离线');
    expect(say({ devices: [{ id: 'd-1', homeId: 'h-1', kind: 'wearable', zone: 'bedroom' }] })).toContain(
      ' · 一键呼叫 · ',
    );
  });

  it('leaves out for how long where a timer stands beside it', () => {
    const facts = {
      alert: unansweredFall,
      resident: GUILAN,
      devices: [],
      orders: [],
      caregiverName: () => undefined,
      nowMs: T0 + 133_000,
    };
    expect(untimedSentence(facts, wordsOf('zh'))).toBe('王桂兰 83 岁 独居 · 卧室疑似跌倒 · 询问 20 秒未应答');
  });

  it('stops counting when the alarm is resolved', () => {
    const over = alertOf({ state: 'resolved', disposition: 'assisted', resolvedAt: iso(T0 + 60_000 * 14) });
    expect(say({ alert: over, nowMs: T0 + 9 * 86_400_000 })).toContain('已处置：已上门协助 · 已 14 分');
  });

  it('is shorter in a row of the queue: values as a ward says them, of a device what ails it', () => {
    const vitals = alertOf({
      kind: 'vitals',
      evidence: [
        {
          at: iso(T0),
          kind: 'vitals_score',
          deviceId: 'd',
          messageId: null,
          text: '',
          data: { spo2Pct: 92, heartRateBpm: 118 },
          for: true,
        },
      ],
    });
    expect(rowText({ alert: vitals, devices: [] }, wordsOf('zh'))).toBe('血氧 92% 心率 118');
    expect(rowText({ alert: vitals, devices: [] }, wordsOf('en'))).toBe('SpO₂ 92% HR 118');
    const offline = alertOf({ kind: 'device_offline', priority: 4, deviceIds: ['d-1'] });
    const devices = [{ id: 'd-1', homeId: 'h-1', kind: 'sos_button', zone: 'bedroom' }] as const;
    expect(rowText({ alert: offline, devices }, wordsOf('en'))).toBe('Call button, bedroom · offline');
    expect(rowText({ alert: offline, devices: [] }, wordsOf('en'))).toBe('Device offline');
  });
});
