import type { EvidenceKind } from '../../schemas/evidence.ts';
import type { Evidence } from '../model/api-types.ts';
import type { SeedAlert } from './seed.ts';

/** What such an alarm rests on, as the detectors would have said it at `openedMs`. */
export function fakeEvidence(seed: SeedAlert, deviceId: string, openedMs: number): Evidence[] {
  const e = (
    kind: EvidenceKind,
    text: string,
    data: Record<string, unknown>,
    pro = true,
    agoMs = 0,
  ): Evidence => ({
    at: new Date(openedMs - agoMs).toISOString(),
    kind,
    deviceId,
    messageId: null,
    text,
    data: { ...data, ...(seed.zone ? { zone: seed.zone } : {}) },
    for: pro,
  });
  const low = seed.priority === 3;
  switch (seed.kind) {
    case 'fall':
      return [
        e('fall_suspected', '毫米波雷达报告疑似跌倒，置信度 0.82', { confidence: 0.82 }, true, 200),
        // What is known only once there has been time to see it.
        ...(openedMs + 20_000 < Date.now()
          ? [
              e('movement', '报告后 6 秒雷达有微弱活动', {}, false, -6000),
              e('stillness', '此后没有移动', {}, true, -19_000),
            ]
          : []),
      ];
    case 'vitals':
      return [
        e('vitals_score', `部分 NEWS2 ${low ? 3 : 5} 分（缺：呼吸、意识）`, {
          score: low ? 3 : 5,
          spo2Pct: low ? 94 : 92,
          heartRateBpm: low ? 96 : 118,
        }),
      ];
    case 'sos':
      return [e('press', '一键呼叫按下', { action: 'press' })];
    case 'low_battery':
      return [e('low_battery', '电量 12%', { battery: 12 })];
    case 'wandering':
      return [e('fence_exit', '离开安全范围：距中心 640 米', {})];
    case 'inactivity':
      return [e('no_movement', '在家已 240 分钟没有任何活动', {})];
    case 'overstay':
      return [e('bathroom', '在卫生间已停留 62 分钟', {})];
    case 'service_request':
      return [e('service_request', '请求服务', {})];
    case 'device_offline':
      return [e('silence', '设备已 35 分钟没有任何消息', {})];
    case 'device_fault':
      return [e('device_fault', '设备报告异常', {})];
    case 'outage':
      return [e('street_silent', '多户同时失联', {})];
  }
}
