import type { Alert, TimelineEntry } from './api-types.ts';

/**
 * Calls are logged as notes, so that every console, the audit and a plain API client see them; this is the one
 * place that writes and reads their form. Stored in Chinese whatever the operator's language, as the record is
 * shared: `致电 李梅（女儿 139…）：未接 · 回电 2026-11-23T14:35:00.000Z · 手机关机`.
 */
export interface CallRecord {
  who: string;
  reached: boolean;
  /** ISO; when to call again. */
  backAt: string | null;
  remark: string;
}

const SEPARATOR = ' · ';
export function callNote(call: CallRecord): string {
  const parts = [`致电 ${call.who}：${call.reached ? '接通' : '未接'}`];
  if (call.backAt !== null) parts.push(`回电 ${call.backAt}`);
  const remark = call.remark.trim();
  if (remark) parts.push(remark);
  return parts.join(SEPARATOR);
}

const FORM = /^致电 (.+?)：(接通|未接)(?: · 回电 (\d{4}-\d\d-\d\dT[\d:.]+Z))?(?: · ([\s\S]*))?$/;
export function readCallNote(text: string | null): CallRecord | undefined {
  const match = FORM.exec(text ?? '');
  if (!match) return undefined;
  return {
    who: match[1] ?? '',
    reached: match[2] === '接通',
    backAt: match[3] ?? null,
    remark: match[4] ?? '',
  };
}

export interface CallBack {
  alertId: string;
  who: string;
  dueAt: string;
  by: string;
}

/** The call-back an alarm still owes: the last call's, since every later call answers the one before. */
export function callBackOf(alert: Pick<Alert, 'id' | 'state' | 'timeline'>): CallBack | undefined {
  if (alert.state === 'resolved') return undefined;
  for (let i = alert.timeline.length - 1; i >= 0; i -= 1) {
    const entry = alert.timeline[i];
    const call = entry && readCallNote(entry.note);
    if (!entry || !call) continue;
    return call.backAt === null
      ? undefined
      : { alertId: alert.id, who: call.who, dueAt: call.backAt, by: entry.by };
  }
  return undefined;
}

/** Whether anybody has been called since the alarm was last acknowledged. */
export function calledSince(timeline: readonly TimelineEntry[], sinceIso: string | null): boolean {
  return timeline.some((e) => (sinceIso === null || e.at >= sinceIso) && readCallNote(e.note) !== undefined);
}
