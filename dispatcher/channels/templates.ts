import type { AlertKind } from '../../schemas/alert.ts';
import type { NoticeTarget } from './channel.ts';

const KINDS: Record<AlertKind, { zh: string; en: string }> = {
  sos: { zh: '一键呼叫', en: 'call for help' },
  fall: { zh: '疑似跌倒', en: 'suspected fall' },
  vitals: { zh: '生命体征异常', en: 'abnormal vital signs' },
  wandering: { zh: '走出安全范围', en: 'left the safe area' },
  inactivity: { zh: '长时间无活动', en: 'no activity for a long time' },
  overstay: { zh: '滞留过久', en: 'stayed too long in one place' },
  service_request: { zh: '服务请求', en: 'service request' },
  device_offline: { zh: '设备离线', en: 'device offline' },
  device_fault: { zh: '设备故障', en: 'device fault' },
  low_battery: { zh: '电量不足', en: 'low battery' },
  outage: { zh: '区域中断', en: 'outage' },
};

/** To whoever was asked, or had it, and need not come any more. */
export function withdrawnText(kind: AlertKind): { zh: string; en: string } {
  const what = KINDS[kind];
  return {
    zh: `【银铃】派给您的任务（${what.zh}）已撤回，无需前往。`,
    en: `[Yinling] The task offered to you (${what.en}) is withdrawn. You need not come.`,
  };
}

/** Whoever works alone has not been heard of. */
export const OVERDUE_TEXT = {
  zh: '【银铃】一名上门人员超时未报平安，请主管立即联系并派人查看。',
  en: '[Yinling] Somebody on a visit alone has not been heard of. A supervisor must call them and send help now.',
};

/** Said to whoever is told: what happened and what is asked of them. Nothing of the person's health, and no address. */
export function noticeText(kind: AlertKind, target: NoticeTarget, withinS = 30): { zh: string; en: string } {
  const what = KINDS[kind];
  switch (target) {
    case 'contacts':
      return {
        zh: `【银铃】您的家人触发“${what.zh}”告警，请尽快联系家人或值班中心。按 1 确认收到。`,
        en: `[Yinling] Your relative's home raised an alarm: ${what.en}. Please call them or the centre. Press 1 to confirm.`,
      };
    case 'supervisor':
      return {
        zh: `【银铃】“${what.zh}”告警尚无人处理，请主管立即处置。`,
        en: `[Yinling] An alarm (${what.en}) has nobody on it. A supervisor is needed now.`,
      };
    case 'caregiver':
      return {
        zh: `【银铃】有一项任务（${what.zh}）等您接单，${withinS} 秒内有效。按 1 接单，按 2 拒绝。`,
        en: `[Yinling] A task (${what.en}) is offered to you for ${withinS} s. Press 1 to accept, 2 to decline.`,
      };
    case '120':
      return {
        zh: `【银铃】“${what.zh}”告警转 120，请值班员立即电话移交。`,
        en: `[Yinling] An alarm (${what.en}) is handed over to 120. Call the ambulance service now.`,
      };
  }
}
