import type { Alert, Device, Evidence, Order, Resident } from './api-types.ts';
import { named } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { nameAndAge, situationTags } from './person.ts';
import { leadingOrder } from './queue-order.ts';
import { spanText } from './span.ts';

/**
 * An alarm as a person would say it: who, what, what has happened since, for how long.
 * 「王桂兰 83 岁 独居 · 卧室疑似跌倒 · 询问 20 秒未应答 · 已 2 分 13 秒」
 */
export interface SentenceFacts {
  alert: Alert;
  resident: Resident | undefined;
  devices: readonly Device[];
  orders: readonly Order[];
  /** Name for a caregiver's id, where known. */
  caregiverName: (id: string) => string | undefined;
  nowMs: number;
}

const ASK_WINDOW_S = 20;

export function sentenceParts(facts: SentenceFacts, words: Words): string[] {
  const { alert, nowMs } = facts;
  // What is over has taken as long as it took.
  const endMs = alert.resolvedAt === null ? nowMs : Date.parse(alert.resolvedAt);
  const since = words.sentence.since(spanText(endMs - Date.parse(alert.openedAt), words.lang));
  return [...untimedParts(facts, words), since];
}
const untimedParts = (facts: SentenceFacts, words: Words): string[] =>
  [whoText(facts, words), whatText(facts, words), sinceText(facts, words)].filter((p) => p !== '');
/** Where a timer stands beside it. */
export const untimedSentence = (facts: SentenceFacts, words: Words): string =>
  untimedParts(facts, words).join(' · ');
export const sentence = (facts: SentenceFacts, words: Words): string =>
  sentenceParts(facts, words).join(' · ');

function whoText({ alert, resident, nowMs }: SentenceFacts, words: Words): string {
  if (alert.kind === 'outage') return words.streetUnit(named(words.street, alert.street));
  // Not known here yet is not the same as nobody.
  if (!resident) return alert.residentId === null ? words.sentence.noResident : '…';
  const tags = situationTags(resident, words);
  return [nameAndAge(resident, nowMs, words), ...tags].join(' ');
}

/** What, in one phrase as short as it goes: the row's second line. Its mark has said how grave it is. */
export function rowText(facts: Pick<SentenceFacts, 'alert' | 'devices'>, words: Words): string {
  const { alert, devices } = facts;
  switch (alert.kind) {
    case 'vitals':
      return vitalsText(alert.evidence, words, true) || whatText(facts, words);
    case 'device_offline':
    case 'device_fault':
    case 'low_battery':
      return devices.some((d) => alert.deviceIds.includes(d.id))
        ? whatText(facts, words, words.sentence.trouble[alert.kind])
        : whatText(facts, words);
    case 'sos':
    case 'fall':
    case 'overstay':
    case 'service_request':
    case 'outage':
    case 'wandering':
    case 'inactivity':
      return whatText(facts, words);
  }
}

/** What, in one phrase. `trouble`: what ails a device, where it may be said shorter than by the alarm's kind. */
export function whatText(
  { alert, devices }: Pick<SentenceFacts, 'alert' | 'devices'>,
  words: Words,
  trouble: string = words.kind[alert.kind],
): string {
  const s = words.sentence;
  const zone = zoneOf(alert, devices);
  const zoneWord = zone === undefined ? '' : named(words.zone, zone);
  const placed = (text: string): string =>
    zoneWord === '' ? text : words.lang === 'zh' ? `${zoneWord}${text}` : `${text}, ${zoneWord}`;
  switch (alert.kind) {
    case 'sos': {
      const presses = alert.calls;
      const what = placed(words.kind.sos);
      return presses > 1 ? `${what} · ${s.pressed(presses)}` : what;
    }
    case 'fall':
      return placed(
        alert.evidence.some((e) => e.kind === 'fall_confirmed') ? s.confirmedFall : s.suspectedFall,
      );
    case 'vitals': {
      const grade =
        alert.priority === 1 ? s.vitalsCritical : alert.priority === 2 ? s.vitalsUrgent : s.vitalsLow;
      const values = vitalsText(alert.evidence, words);
      return values === '' ? grade : `${grade} ${values}`;
    }
    case 'overstay':
      return zoneWord === '' ? words.kind.overstay : s.overstay(zoneWord);
    case 'service_request':
      return alert.service === null ? words.kind.service_request : s.requests(words.service[alert.service]);
    case 'outage':
      return words.kind.outage;
    case 'device_offline':
    case 'device_fault':
    case 'low_battery': {
      const device = devices.find((d) => alert.deviceIds.includes(d.id));
      if (!device) return words.kind[alert.kind];
      const battery = alert.kind === 'low_battery' ? batteryText(alert.evidence, device) : '';
      const zoneOfDevice = device.zone ? named(words.zone, device.zone) : '';
      return `${s.device(words.deviceKind[device.kind], zoneOfDevice)} · ${trouble}${battery}`;
    }
    case 'wandering':
    case 'inactivity':
      return words.kind[alert.kind];
  }
}

function zoneOf(alert: Alert, devices: readonly Device[]): string | undefined {
  for (const e of alert.evidence) {
    const zone = e.data['zone'];
    if (e.for && typeof zone === 'string' && zone !== '') return zone;
  }
  const first = alert.deviceIds[0];
  // A wearable's zone says where it is charged, not where its wearer lies.
  const device = devices.find((d) => d.id === first && d.kind !== 'wearable');
  return device?.zone ?? undefined;
}

const SHOWN_VITALS = [
  'spo2Pct',
  'heartRateBpm',
  'systolicMmHg',
  'respirationPerMin',
  'temperatureC',
  'glucoseMmolL',
] as const;
/**
 * `血氧 86%，心率 128 次/分`: the measured values of the newest evidence that has any; blood pressure as a pair.
 * Brief: `血氧 86% 心率 128`, as a ward says it.
 */
export function vitalsText(evidence: readonly Evidence[], words: Words, brief = false): string {
  for (let i = evidence.length - 1; i >= 0; i -= 1) {
    const e = evidence[i];
    const data = e && valuesOf(e.data);
    if (!e?.for || !data) continue;
    const texts: string[] = [];
    for (const field of SHOWN_VITALS) {
      const value = data[field];
      if (typeof value !== 'number') continue;
      const diastolic = data['diastolicMmHg'];
      const shown =
        field === 'systolicMmHg' && typeof diastolic === 'number' ? `${value}/${diastolic}` : `${value}`;
      const unit = words.vitalUnit[field];
      if (brief) texts.push(`${words.vitalBrief[field]} ${shown}${unit === '%' ? unit : ''}`);
      else texts.push(`${words.vital[field]} ${shown}${unit === '%' || unit === '' ? unit : ` ${unit}`}`);
    }
    if (texts.length > 0) return texts.slice(0, 3).join(brief ? ' ' : words.lang === 'zh' ? '，' : ', ');
  }
  return '';
}
/** Detectors put the sample either flat in `data` or under `values`/`vitals`. */
function valuesOf(data: Record<string, unknown>): Record<string, unknown> | undefined {
  for (const inner of [data, data['values'], data['vitals'], data['sample']]) {
    if (typeof inner === 'object' && inner !== null && SHOWN_VITALS.some((f) => f in inner))
      return inner as Record<string, unknown>;
  }
  return undefined;
}

function batteryText(evidence: readonly Evidence[], device: Device): string {
  for (let i = evidence.length - 1; i >= 0; i -= 1) {
    const pct = evidence[i]?.data['battery'] ?? evidence[i]?.data['batteryPct'];
    if (typeof pct === 'number') return ` ${pct}%`;
  }
  return typeof device.battery === 'number' ? ` ${device.battery}%` : '';
}

/** What has been done about it so far, the latest first of all that is true. */
function sinceText({ alert, orders, caregiverName, nowMs }: SentenceFacts, words: Words): string {
  const s = words.sentence;
  if (alert.state === 'resolved')
    return alert.disposition === null
      ? words.state.resolved
      : s.resolvedAs(words.disposition[alert.disposition]);
  if (alert.state === 'pending') {
    const endMs =
      alert.deadlineAt === null
        ? Date.parse(alert.openedAt) + ASK_WINDOW_S * 1000
        : Date.parse(alert.deadlineAt);
    return s.asking(spanText(Math.max(0, endMs - nowMs), words.lang));
  }
  const order = leadingOrder(orders);
  const who = (id: string | null | undefined): string => (id ? (caregiverName(id) ?? s.someone) : s.someone);
  if (order?.state === 'completed') return s.completed(who(order.caregiverId));
  if (order?.state === 'on_scene') return s.onScene(who(order.caregiverId));
  if (order?.state === 'en_route') return s.onTheWay(who(order.caregiverId));
  if (order?.state === 'accepted') return s.accepted(who(order.caregiverId));
  if (alert.state === 'acknowledged' && alert.acknowledgedBy !== null)
    return s.acknowledgedBy(alert.acknowledgedBy);
  if (order?.state === 'offered')
    return s.offered(who(order.offers.findLast((o) => o.outcome === null)?.caregiverId));
  return verificationText(alert, words);
}

/** How the asking ended, where there was one. */
function verificationText(alert: Alert, words: Words): string {
  const s = words.sentence;
  const verified = alert.timeline.findLast((t) => t.what === 'verified');
  if (verified?.note === 'help') return s.answeredHelp;
  if (verified?.note !== 'silence') return '';
  const asked = alert.timeline.findLast((t) => t.what === 'asked' || t.what === 'pending');
  const seconds = asked ? Math.round((Date.parse(verified.at) - Date.parse(asked.at)) / 1000) : ASK_WINDOW_S;
  return s.unanswered(seconds);
}
