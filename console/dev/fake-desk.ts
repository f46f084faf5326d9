import type {
  Alert,
  Candidate,
  Disposition,
  Evidence,
  Order,
  Recommendation,
  Service,
} from '../model/api-types.ts';
import type { Tiles } from '../model/map-tiles.ts';
import { distanceM } from '../model/map-view.ts';
import { dayOfReadings, makeWorld, pick, randomOf, SEED_ALERTS } from './seed.ts';
import type { SeedAlert, World } from './seed.ts';

/** The fake service's memory and rules: the contract's tables in their plainest form. Development and tests only. */
export interface StreamRow {
  no: number;
  type: string;
  data: unknown;
}
export type Outcome<T> = { status: number; body: T } | { status: 409; conflict: Alert | Order };

const CHECK_IN_MS = 60 * 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const LIVE_ORDER = ['requested', 'offered', 'accepted', 'en_route', 'on_scene'];

export class FakeDesk {
  readonly world: World;
  readonly alerts = new Map<string, Alert>();
  readonly orders = new Map<string, Order>();
  readonly stream: StreamRow[] = [];
  readonly listeners = new Set<(row: StreamRow) => void>();
  oldestKept = 0;
  /** What `GET /map` says. */
  tiles: Tiles | null = null;
  private no = 1000;
  private ids = 0;
  private readonly random;

  constructor(seed = 7, homes = 60) {
    this.world = makeWorld(seed, homes);
    this.random = randomOf(seed + 1);
  }

  get head(): number {
    return this.no;
  }
  private publish(type: string, data: unknown): void {
    this.no += 1;
    const row = { no: this.no, type, data };
    this.stream.push(row);
    for (const listener of this.listeners) listener(row);
  }
  /** As if the database were away: these homes have pressed, and it could not be stored yet. */
  tellUnconfirmed(homeIds: readonly string[]): void {
    const receivedAt = new Date().toISOString();
    const items = homeIds.map((homeId) => ({
      homeId,
      deviceId: `${homeId}-sos`,
      street: this.world.homes.find((h) => h.id === homeId)?.street ?? null,
      receivedAt,
    }));
    const row = { no: this.no, type: 'unconfirmed', data: { items, more: 0 } };
    for (const listener of this.listeners) listener(row);
  }
  /** As if the auditor had found these. */
  tellOverdue(items: readonly { what: string; id: string; street: string | null }[]): void {
    for (const listener of this.listeners) listener({ no: this.no, type: 'overdue', data: { items } });
  }
  private id(prefix: string): string {
    this.ids += 1;
    return `${prefix}-${String(this.ids).padStart(5, '0')}`;
  }

  open(seed: SeedAlert, homeNo: number, openedMs: number, more: Partial<Alert> = {}): Alert {
    const home = this.world.homes[homeNo % this.world.homes.length];
    if (!home) throw new Error('no home');
    const resident = this.world.residents.find((p) => p.homeId === home.id);
    const deviceId = `${home.id}-${seed.device}`;
    const at = iso(openedMs);
    const alert: Alert = {
      id: this.id('al'),
      kind: seed.kind,
      priority: seed.priority,
      state: 'open',
      disposition: null,
      dedupKey: `${home.id}:emergency`,
      version: 1,
      homeId: home.id,
      residentId: resident?.id ?? null,
      deviceIds: [deviceId],
      street: home.street,
      occurredAt: iso(openedMs - 240),
      receivedAt: iso(openedMs - 120),
      committedAt: iso(openedMs - 6),
      openedAt: at,
      publishedAt: iso(openedMs + 4),
      acknowledgedAt: null,
      acknowledgedBy: null,
      resolvedAt: null,
      resolvedBy: null,
      deadlineAt: iso(openedMs + 30_000),
      evidence: this.evidenceFor(seed, deviceId, openedMs),
      timeline: [{ at, what: 'opened', by: 'system', note: null }],
      previousAlertId: null,
      orderIds: [],
      test: false,
      synthetic: false,
      calls: seed.kind === 'sos' ? 1 : 0,
      escalationStep: 0,
      service: seed.service ?? null,
      ...more,
    };
    if (seed.kind === 'fall' && alert.state === 'open')
      alert.timeline = [
        { at: iso(openedMs), what: 'pending', by: 'system', note: null },
        { at: iso(openedMs + 300), what: 'asked', by: 'system', note: `${home.id}-screen` },
        { at: iso(openedMs + 20_000), what: 'verified', by: 'system', note: 'silence' },
      ];
    return this.put(alert);
  }

  private evidenceFor(seed: SeedAlert, deviceId: string, ms: number): Evidence[] {
    const e = (kind: string, text: string, data: Record<string, unknown>, pro = true, ago = 0): Evidence => ({
      at: iso(ms - ago),
      kind,
      deviceId,
      messageId: null,
      text,
      data: { ...data, ...(seed.zone ? { zone: seed.zone } : {}) },
      for: pro,
    });
    switch (seed.kind) {
      case 'fall':
        return [
          e('fall_suspected', '毫米波雷达报告疑似跌倒，置信度 0.82', { confidence: 0.82 }, true, 20_000),
          e('stillness', '报告后 20 秒内没有移动', {}, true, 2000),
          e('unanswered', '智慧屏询问 20 秒，没有应答', { windowS: 20 }, true, 0),
          e('presence', '卫生间 3 分钟前有人活动', {}, false, 180_000),
        ];
      case 'vitals':
        return [
          e('vitals_score', `部分 NEWS2 ${seed.priority === 3 ? 3 : 5} 分（缺：呼吸、意识）`, {
            score: seed.priority === 3 ? 3 : 5,
            spo2Pct: seed.priority === 3 ? 94 : 92,
            heartRateBpm: seed.priority === 3 ? 96 : 118,
          }),
        ];
      case 'sos':
        return [e('press', '一键呼叫按下', { action: 'press' })];
      case 'low_battery':
        return [e('low_battery', '电量 12%', { battery: 12 })];
      case 'wandering':
      case 'inactivity':
      case 'overstay':
      case 'service_request':
      case 'device_offline':
      case 'device_fault':
      case 'outage':
        return [e(seed.kind, '依据规则判定', {})];
    }
  }

  /** New version, kept and published. */
  put(alert: Alert): Alert {
    this.alerts.set(alert.id, alert);
    this.publish('alert', alert);
    return alert;
  }
  change(alert: Alert, patch: Partial<Alert>, what: string, by: string, note: string | null = null): Alert {
    const entry = { at: iso(Date.now()), what, by, note };
    return this.put({ ...alert, ...patch, version: alert.version + 1, timeline: [...alert.timeline, entry] });
  }
  putOrder(order: Order): Order {
    this.orders.set(order.id, order);
    this.publish('order', order);
    return order;
  }

  command(id: string, name: string, by: string, body: Record<string, unknown>): Outcome<unknown> | undefined {
    const a = this.alerts.get(id);
    if (!a) return undefined;
    const now = iso(Date.now());
    const note = typeof body['note'] === 'string' && body['note'] !== '' ? body['note'] : null;
    const conflict = { status: 409 as const, conflict: a };
    const expected = body['expectedVersion'];
    if (typeof expected === 'number' && expected !== a.version) return conflict;
    const live = a.state !== 'resolved';
    switch (name) {
      case 'acknowledge':
        if (a.state === 'acknowledged' && a.acknowledgedBy === by) return { status: 200, body: a };
        if (a.state !== 'open' && a.state !== 'pending') return conflict;
        return {
          status: 200,
          body: this.change(
            a,
            { state: 'acknowledged', acknowledgedAt: now, acknowledgedBy: by, deadlineAt: null },
            'acknowledged',
            by,
            note,
          ),
        };
      case 'resolve': {
        if (a.state !== 'open' && a.state !== 'acknowledged') return conflict;
        for (const o of this.orders.values())
          if (o.alertId === id && ['requested', 'offered', 'accepted'].includes(o.state))
            this.endOrder(o, 'alert resolved');
        const disposition = body['disposition'] as Disposition;
        return {
          status: 200,
          body: this.change(
            a,
            { state: 'resolved', resolvedAt: now, resolvedBy: by, disposition, deadlineAt: null },
            'resolved',
            by,
            note,
          ),
        };
      }
      case 'escalate':
        if (!live) return conflict;
        return {
          status: 200,
          body: this.change(a, { escalationStep: a.escalationStep + 1 }, 'escalated', by, note),
        };
      case 'note':
        if (!live) return conflict;
        return { status: 200, body: this.change(a, {}, 'note', by, textOf(body['text'])) };
      case 'reopen':
        if (live) return conflict;
        return {
          status: 200,
          body: this.change(
            a,
            {
              state: 'open',
              disposition: null,
              acknowledgedAt: null,
              acknowledgedBy: null,
              resolvedAt: null,
              resolvedBy: null,
            },
            'reopened',
            by,
            note,
          ),
        };
      case 'dispatch': {
        if (!live) return conflict;
        const who =
          typeof body['caregiverId'] === 'string'
            ? body['caregiverId']
            : this.recommend(id)?.candidates[0]?.caregiverId;
        if (!who) return conflict;
        const order = this.offer(a.homeId, a.service ?? 'urgent', who, a);
        this.change(
          a,
          { orderIds: [...a.orderIds, order.id] },
          'dispatched',
          by,
          this.world.caregivers.find((c) => c.id === who)?.name ?? null,
        );
        return { status: 200, body: order };
      }
      default:
        return undefined;
    }
  }

  offer(homeId: string, service: Service, caregiverId: string, alert?: Alert): Order {
    const now = Date.now();
    const home = this.world.homes.find((h) => h.id === homeId);
    return this.putOrder({
      id: this.id('or'),
      alertId: alert?.id ?? null,
      homeId,
      residentId: `${homeId}-r1`,
      service,
      state: 'offered',
      caregiverId: null,
      offers: [
        {
          id: this.id('of'),
          caregiverId,
          offeredAt: iso(now),
          expiresAt: iso(now + 30_000),
          outcome: null,
          endedAt: null,
          reason: null,
        },
      ],
      scheduledAt: null,
      createdAt: iso(now),
      acceptedAt: null,
      departedAt: null,
      arrivedAt: null,
      completedAt: null,
      cancelledAt: null,
      cancelReason: null,
      note: null,
      visit: null,
      rating: null,
      emergency: alert !== undefined && alert.priority <= 2,
      street: home?.street ?? '莲花',
      version: 1,
    });
  }
  private endOrder(o: Order, reason: string): Order {
    const offers = o.offers.map((f) =>
      f.outcome === null ? { ...f, outcome: 'withdrawn' as const, endedAt: iso(Date.now()) } : f,
    );
    return this.putOrder({
      ...o,
      offers,
      state: 'cancelled',
      cancelledAt: iso(Date.now()),
      cancelReason: reason,
      version: o.version + 1,
    });
  }

  orderCommand(
    id: string,
    name: string,
    caregiverId: string | null,
    body: Record<string, unknown>,
  ): Outcome<unknown> | undefined {
    const o = this.orders.get(id);
    if (!o) return undefined;
    const conflict = { status: 409 as const, conflict: o };
    const now = iso(Date.now());
    const at = typeof body['at'] === 'string' ? body['at'] : now;
    const next = (patch: Partial<Order>): Outcome<unknown> => ({
      status: 200,
      body: this.putOrder({ ...o, ...patch, version: o.version + 1 }),
    });
    const who = (typeof body['caregiverId'] === 'string' ? body['caregiverId'] : caregiverId) ?? '';
    const offer = o.offers.find((f) => f.caregiverId === who && f.outcome === null);
    const closed = (outcome: 'accepted' | 'declined', reason: string | null) =>
      o.offers.map((f) => (f === offer ? { ...f, outcome, endedAt: now, reason } : f));
    switch (name) {
      case 'accept':
        if (!offer || o.state !== 'offered') return conflict;
        return next({
          state: 'accepted',
          caregiverId: who,
          acceptedAt: now,
          offers: closed('accepted', null),
        });
      case 'decline':
        if (!offer) return conflict;
        return next({ state: 'requested', offers: closed('declined', textOf(body['reason'])) });
      case 'depart':
        return o.state === 'accepted' ? next({ state: 'en_route', departedAt: at }) : conflict;
      case 'arrive': {
        if (o.state !== 'en_route' && o.state !== 'accepted') return conflict;
        const place =
          typeof body['lat'] === 'number' && typeof body['lon'] === 'number'
            ? { lat: body['lat'], lon: body['lon'], accuracyM: null, offByM: 12 }
            : null;
        return next({
          state: 'on_scene',
          arrivedAt: at,
          visit: { beganAt: at, endedAt: null, minutes: null, place },
          checkInDueAt: iso(Date.parse(at) + CHECK_IN_MS),
        });
      }
      case 'check-in':
        return o.state === 'on_scene'
          ? next({ checkInDueAt: iso(Date.parse(at) + CHECK_IN_MS), overdue: null })
          : conflict;
      case 'complete': {
        if (o.state !== 'on_scene' || !o.visit) return conflict;
        const minutes = Math.max(1, Math.round((Date.parse(at) - Date.parse(o.visit.beganAt)) / 60_000));
        const service = typeof body['service'] === 'string' ? (body['service'] as Service) : o.service;
        return next({
          state: 'completed',
          completedAt: at,
          service,
          visit: { ...o.visit, endedAt: at, minutes },
        });
      }
      case 'cancel':
        return LIVE_ORDER.includes(o.state)
          ? { status: 200, body: this.endOrder(o, textOf(body['reason'])) }
          : conflict;
      case 'rating':
        return o.state === 'completed'
          ? next({
              rating: {
                score: Number(body['score']),
                comment: (body['comment'] as string | undefined) ?? null,
                at: now,
              },
            })
          : conflict;
      default:
        return undefined;
    }
  }

  recommend(id: string): Recommendation | undefined {
    const alert = this.alerts.get(id);
    const home = this.world.homes.find((h) => h.id === alert?.homeId);
    if (!alert || home?.lat == null || home.lon == null) return undefined;
    const at = { lat: home.lat, lon: home.lon };
    const candidates: Candidate[] = [];
    const rejected: Recommendation['rejected'] = [];
    for (const [i, c] of this.world.caregivers.entries()) {
      const away =
        c.lat != null && c.lon != null ? Math.round(distanceM(at, { lat: c.lat, lon: c.lon }) * 1.35) : null;
      const minutes = away === null ? null : Math.max(1, Math.round(away / 210));
      const person = { caregiverId: c.id, name: c.name, role: c.role };
      if (minutes !== null && minutes > 25) rejected.push({ ...person, reasons: ['too_far'] });
      else if (i % 5 === 4) rejected.push({ ...person, reasons: ['off_shift'] });
      else if (i % 7 === 3) rejected.push({ ...person, reasons: ['busy_emergency', 'resting'] });
      else
        candidates.push({
          ...person,
          stars: c.stars ?? 3,
          distanceM: away,
          travelMinutes: minutes,
          cost: minutes ?? 60,
          reasons: [
            'on_shift',
            ...(minutes !== null && minutes <= 15 ? ['within_15_min'] : []),
            ...(i % 3 === 0 ? ['skill:助急'] : []),
            `stars:${c.stars ?? 3}`,
          ],
        });
    }
    candidates.sort((a, b) => a.cost - b.cost);
    candidates[0]?.reasons.splice(1, 0, 'nearest');
    return { candidates: candidates.slice(0, 12), rejected, shortfalls: [] };
  }

  /** A desk in the middle of a shift: `count` unresolved alarms of several ages, some taken, one being served. */
  populate(count: number, nowMs: number): void {
    const r = this.random;
    for (let i = 0; i < count; i += 1) {
      const seed = SEED_ALERTS[i % SEED_ALERTS.length];
      if (!seed) continue;
      const age = i === 0 ? 133_000 : Math.round(15_000 + r() ** 2 * 40 * 60_000);
      const more: Partial<Alert> = {};
      if (i % 4 === 1)
        Object.assign(more, {
          state: 'acknowledged',
          acknowledgedAt: iso(nowMs - age + 25_000),
          acknowledgedBy: pick(r, ['operator', 'limin', 'zhaoyun']),
        });
      this.open(seed, i, nowMs - age, more);
    }
    const served = [...this.alerts.values()].find((a) => a.state === 'acknowledged' && a.priority <= 2);
    const carer = served && this.recommend(served.id)?.candidates[0];
    if (served && carer) {
      const order = this.offer(served.homeId, 'urgent', carer.caregiverId, served);
      this.orderCommand(order.id, 'accept', carer.caregiverId, {});
      this.orderCommand(order.id, 'depart', carer.caregiverId, {});
    }
    const old = SEED_ALERTS[3];
    if (old) {
      const past = this.open(old, 0, nowMs - 9 * 86_400_000);
      this.put({
        ...past,
        version: 2,
        state: 'resolved',
        disposition: 'false_alarm',
        resolvedAt: iso(nowMs - 9 * 86_400_000 + 600_000),
        resolvedBy: 'limin',
      });
    }
  }

  readings(homeId: string, fromMs: number, toMs: number, channels: readonly string[] | null) {
    const devices = this.world.devices.filter((d) => d.homeId === homeId);
    return dayOfReadings(homeId, devices, fromMs, toMs).filter(
      (x) => channels === null || channels.includes(x.channel),
    );
  }
}
