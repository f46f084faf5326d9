import { STANDARD_RULES } from '../../schemas/rules.ts';
import type { RuleName } from '../../schemas/rules.ts';
import { ALERT_KINDS } from '../../schemas/alert.ts';
import type { Alert } from '../model/api-types.ts';
import { ageAt } from '../model/span.ts';
import type { FakeDesk } from './fake-desk.ts';
import { PLANNED, plannedId } from './fake-history.ts';

/** What the office's pages ask the fake service: days, settlement, rules, files, notices, the time bank. */
interface Answer {
  status: number;
  body: unknown;
}
const ok = (body: unknown): Answer => ({ status: 200, body });
const HOUR_MS = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();

function day(id: string, date: string): Answer {
  const at = (minute: number): string => iso(Date.parse(`${date}T00:00:00+08:00`) + minute * 60_000);
  const visits = PLANNED.map((v, i) => {
    const over = Date.parse(at(v.begin + v.minutes)) <= Date.now();
    return {
      orderId: plannedId(date, i + 1),
      homeId: `h-000${i + 1}`,
      service: v.service,
      tentative: false,
      means: 'visit',
      title: null,
      from: at(v.begin),
      to: at(v.begin + v.minutes),
      minutes: v.minutes,
      travelMinutes: 9 + i,
      slackMinutes: v.slack,
      ...v.more,
      state: over ? 'completed' : (v.more && 'state' in v.more && v.more.state) || 'accepted',
      ...(over ? { tentative: false } : {}),
    };
  });
  return ok({
    caregiverId: id,
    date,
    shifts: [{ from: at(480), to: at(1080) }],
    visits,
    visitMinutes: visits.reduce((sum, v) => sum + v.minutes, 0),
  });
}

function settlement(q: URLSearchParams): Answer {
  // Each month is a little busier than the one before it.
  const grown = q.get('month') === '2026-09' ? 0.9 : 1;
  const line = (
    provider: string,
    service: string,
    most: number,
    each: { minutes: number; fen: number },
    untariffed = 0,
  ) => {
    const visits = Math.round(most * grown);
    const grossFen = (visits - untariffed) * each.fen;
    const subsidyFen = Math.round(grossFen * 0.5);
    const voucherFen = Math.round(grossFen * 0.1);
    return {
      provider,
      month: q.get('month'),
      service,
      visits,
      minutes: visits * each.minutes,
      grossFen,
      subsidyFen,
      voucherFen,
      residentFen: grossFen - subsidyFen - voucherFen,
      payableFen: subsidyFen + voucherFen,
      untariffed,
      orderIds: Array.from({ length: 5 }, (_, i) => `or-${service}-${i + 1}`),
      reversedIds: [],
    };
  };
  const lines = [
    line('福安养老', 'meal', 412, { minutes: 25, fen: 1_500 }),
    line('福安养老', 'bath', 96, { minutes: 55, fen: 8_000 }),
    line('莲花社区', 'clean', 58, { minutes: 90, fen: 6_000 }, 4),
  ];
  const sum = (
    key: 'visits' | 'minutes' | 'grossFen' | 'subsidyFen' | 'voucherFen' | 'residentFen' | 'payableFen',
  ) => lines.reduce((total, l) => total + l[key], 0);
  const closed = (q.get('month') ?? '') < '2026-10';
  return ok({
    month: q.get('month'),
    closed: closed ? { at: '2026-10-03T02:11:00.000Z', by: 'supervisor' } : null,
    lines,
    total: {
      visits: sum('visits'),
      minutes: sum('minutes'),
      grossFen: sum('grossFen'),
      subsidyFen: sum('subsidyFen'),
      voucherFen: sum('voucherFen'),
      residentFen: sum('residentFen'),
      payableFen: sum('payableFen'),
      untariffed: 4,
    },
    bills: [],
  });
}

const DECIDED = {
  tariffs: [
    { services: ['meal'], perVisitFen: 1_500 },
    { services: ['bath'], perVisitFen: 8_000 },
    { services: ['clean'], perHourFen: 4_000 },
  ],
  subsidies: [
    { name: '重度失能补贴', share: 0.8, maxFenPerResidentMonth: 60_000, careLevelAtLeast: 3 },
    { name: '居家服务补贴', share: 0.4, maxFenPerResidentMonth: 40_000 },
  ],
};

function notices(): Answer {
  const notice = (n: number, state: string, target: string, more = {}) => ({
    id: `n-${n}`,
    alertId: 'al-00002',
    orderId: null,
    caregiverId: null,
    step: '1',
    target,
    channel: 'webhook',
    attempt: 1,
    state,
    tries: 1,
    nextAt: null,
    error: null,
    createdAt: iso(Date.now() - n * 420_000),
    endedAt: null,
    receivedAt: null,
    answer: null,
    answeredAt: null,
    ...more,
  });
  return ok({
    items: [
      notice(1, 'delivered', 'contacts', { answer: 'confirmed', receivedAt: iso(Date.now()) }),
      notice(2, 'dead', 'supervisor', { tries: 5, error: '503 Service Unavailable' }),
      notice(3, 'waiting', 'caregiver', {
        caregiverId: 'cg-001',
        tries: 2,
        nextAt: iso(Date.now() + 60_000),
      }),
      notice(4, 'delivered', '120'),
    ],
    nextCursor: null,
  });
}

function honours(desk: FakeDesk): Answer {
  const items = desk.world.caregivers.slice(0, 6).map((c, i) => ({
    rank: i + 1,
    accountId: c.id,
    minutes: 5400 - i * 610,
    visits: 82 - i * 9,
    households: 21 - i * 2,
    emergencies: 6 - i,
    satisfaction: 9.7 - i * 0.1,
    points: 1420 - i * 133,
  }));
  const [first, second] = items.map((item) => item.accountId);
  return ok({
    from: '2026-01-01T00:00:00.000Z',
    to: iso(Date.now()),
    items,
    awards: { hours: [first], quality: [second], mutualHelp: [first] },
  });
}

function ratings(desk: FakeDesk, groupBy: string): Answer {
  const groups =
    groupBy === 'provider'
      ? [...new Set(desk.world.caregivers.map((c) => c.provider ?? ''))]
      : desk.world.caregivers.map((c) => c.id);
  return ok({
    from: '2026-01-01T00:00:00.000Z',
    to: iso(Date.now()),
    groupBy,
    prior: { priorMean: 8, priorWeight: 5 },
    rows: groups.slice(0, 8).map((group, i) => ({
      group,
      visits: 96 - i * 11,
      rated: i === 7 ? 0 : 40 - i * 5,
      mean: i === 7 ? null : 9.6 - i * 0.31,
      standing: i === 7 ? 8 : 9.4 - i * 0.25,
      low: i > 4 && i < 7 ? i - 4 : 0,
    })),
  });
}

function retention(): Answer {
  const kind = (name: string, days: number | null, oldestDays: number | null, removed: number | null) => ({
    kind: name,
    of: name,
    days,
    oldestAt: oldestDays === null ? null : iso(Date.now() - oldestDays * 24 * HOUR_MS),
    ranAt: removed === null ? null : iso(Date.now() - 5 * HOUR_MS),
    removed,
    removedInAll: removed === null ? null : removed * 31,
  });
  return ok({
    items: [
      kind('readings', 400, 212, 0),
      kind('positions', 90, 89, 41_820),
      kind('dead-letters', 90, 72, 12),
      kind('handovers', 365, 212, 0),
      kind('notices', 365, 212, 0),
      kind('visit-notes', null, 212, null),
      kind('prompts', 30, null, 3),
    ],
  });
}

function anchors(): Answer {
  const day = (ago: number): string => iso(Date.now() - ago * 24 * HOUR_MS).slice(0, 10);
  const items = Array.from({ length: 5 }, (_, i) => ({
    format: 'yinling-anchor-1',
    no: 212 - i,
    hash: `${i}c41d0${i}e7`.repeat(8),
    sealedAt: `${day(i + 1)}T15:59:58.000Z`,
    transactions: 1840 - i * 9,
    date: day(i + 1),
  }));
  return ok({ items, next: null });
}

function preview(desk: FakeDesk, at: unknown): Answer {
  const from = typeof at === 'string' ? Date.parse(at) : Date.now() + HOUR_MS;
  const who = desk.world.caregivers.slice(0, 2).map((c, i) => ({
    id: c.id,
    name: c.name,
    reasons: ['on_shift'],
    travelMinutes: 6 + i * 3,
  }));
  const step = (
    s: number,
    step: number,
    attempt: number,
    to: string,
    people: unknown[],
    why: string[] = [],
  ) => ({
    at: iso(from + s * 1000),
    step,
    attempt,
    to,
    who: people,
    shortfalls: why,
  });
  return ok({
    policyId: 'preview',
    version: 0,
    steps: [
      step(30, 0, 1, 'recommended', who.slice(0, 1)),
      step(60, 0, 2, 'recommended', who.slice(1)),
      step(90, 1, 1, 'role', [], ['nobody_on_shift']),
      step(150, 2, 1, 'supervisor', [
        { id: 'supervisor', name: 'supervisor', reasons: ['supervisor'], travelMinutes: null },
      ]),
    ],
  });
}

/** What 120 is told of an alarm. */
export function ambulanceSheet(desk: FakeDesk, alert: Alert): unknown {
  const home = desk.world.homes.find((h) => h.id === alert.homeId);
  const people = desk.world.residents.filter((r) => r.homeId === alert.homeId);
  const at = { lat: home?.lat ?? 0, lon: home?.lon ?? 0 };
  return {
    format: 'yinling-ambulance-sheet-1',
    alertId: alert.id,
    at: iso(Date.now()),
    where: {
      homeId: alert.homeId,
      street: alert.street,
      community: home?.community ?? '',
      address: home?.address ?? '',
      accessNotes: home?.accessNotes ?? '',
      wgs84: at,
      gcj02: at,
      keyHolders: people.flatMap((r) =>
        (r.contacts ?? []).flatMap((c) =>
          c.keyHolder ? [{ caregiverId: null, name: c.name, phone: c.phone ?? null }] : [],
        ),
      ),
    },
    people: people.map((r) => ({
      residentId: r.id,
      subject: r.id === alert.residentId,
      name: r.name,
      age: ageAt(r.birthDate, Date.now()) ?? null,
      gender: r.gender ?? null,
      phone: r.phone ?? null,
      languages: r.languages ?? [],
      careLevel: r.careLevel ?? 0,
      conditions: r.conditions ?? [],
      medications: ['阿司匹林 100 mg', '氨氯地平 5 mg'],
      allergies: ['青霉素'],
      spo2Scale: 1,
      contacts: [],
    })),
    what: {
      kind: alert.kind,
      priority: alert.priority,
      calls: alert.calls,
      calledBy: [],
      evidence: [],
      notes: [],
    },
    vitals: [
      { measure: 'heartRateBpm', value: 104, at: iso(Date.now() - 240_000) },
      { measure: 'spo2Pct', value: 91, at: iso(Date.now() - 240_000) },
    ],
    times: {
      occurredAt: alert.occurredAt,
      openedAt: alert.openedAt,
      acknowledgedAt: null,
      acknowledgedBy: null,
    },
    sent: [],
  };
}

/** undefined: none of these. */
export function officeAnswer(
  desk: FakeDesk,
  method: string,
  [name, id, more]: string[],
  q: URLSearchParams,
  body: Record<string, unknown>,
): Answer | undefined {
  switch (`${name}/${more ?? id ?? ''}`) {
    case 'caregivers/day':
      return day(id ?? '', q.get('date') ?? '2026-11-23');
    case 'planning/replan':
      return ok({
        date: '2026-11-23',
        visits: 12,
        moves: [
          {
            orderId: 'or-10002',
            homeId: 'h-0002',
            service: 'clean',
            scheduledAt: '2026-11-23T02:40:00.000Z',
            from: 'cg-001',
            to: 'cg-002',
            reasons: ['on_shift', 'rested', 'familiar'],
            applied: false,
          },
          {
            orderId: 'or-10009',
            homeId: 'h-0009',
            service: 'bath',
            scheduledAt: '2026-11-23T07:00:00.000Z',
            from: null,
            to: null,
            reasons: ['nobody_on_shift'],
            applied: false,
          },
        ],
      });
    case 'reports/settlement':
      return settlement(q);
    case 'reports/months':
      return ok({
        items: [
          {
            month: '2026-09',
            closedAt: '2026-10-03T02:11:00.000Z',
            closedBy: 'supervisor',
            visits: 509,
            payableFen: 919_500,
            sha256: 'a3f1'.repeat(16),
          },
        ],
      });
    case 'rules/':
      return ok({
        items: Object.keys(STANDARD_RULES).flatMap((rule): unknown[] => {
          const standard = {
            name: rule,
            from: null,
            body: STANDARD_RULES[rule as RuleName],
            setAt: null,
            setBy: null,
          };
          const set = { ...standard, setAt: '2026-01-02T03:04:00.000Z', setBy: 'admin' };
          if (rule === 'settlement')
            return [
              { ...set, from: '2027-01-01', setBy: 'supervisor', body: DECIDED },
              { ...set, from: '2026-01-05', body: { ...DECIDED, subsidies: DECIDED.subsidies.slice(1) } },
              standard,
            ];
          return rule === 'rest'
            ? [{ ...set, from: '2027-01-01' }, { ...set, from: '2026-01-05' }, standard]
            : [standard];
        }),
      });
    case 'contact-rules/':
      return ok({
        items: ALERT_KINDS.map((kind) => ({
          kind,
          rule:
            kind === 'wandering'
              ? { tell: 'at_once' }
              : kind === 'fall'
                ? { tell: 'after_step', step: 2 }
                : null,
          version: 0,
          changedBy: ['fall', 'wandering'].includes(kind) ? 'supervisor' : null,
          changedAt: ['fall', 'wandering'].includes(kind) ? '2026-06-01T01:00:00.000Z' : null,
        })),
        nextCursor: null,
      });
    case 'notices/':
      return notices();
    case 'reports/ratings':
      return ratings(desk, q.get('groupBy') ?? 'caregiver');
    case 'retention/':
      return retention();
    case 'ledger/anchors':
      return anchors();
    case 'ledger/honours':
      return honours(desk);
    case 'ledger/relatives':
      return ok({
        items: [
          {
            residentId: 'h-0003-r1',
            relation: 'parent',
            recordedAt: '2026-03-01T00:00:00.000Z',
            recordedBy: 'admin',
          },
        ],
      });
    case 'replacements/':
      return ok({ items: [] });
    case 'policies/preview':
      return method === 'POST' ? preview(desk, body['at']) : undefined;
    default:
      return undefined;
  }
}
