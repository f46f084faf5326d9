import type { Alert, Disposition, Order, Recommendation, Service } from '../model/api-types.ts';
import type { Tiles } from '../model/map-tiles.ts';
import { fakeEvidence } from './fake-evidence.ts';
import { orderStep } from './fake-orders.ts';
import { fakeRecommendation } from './fake-recommendation.ts';
import { dayOfReadings, makeWorld, pick, randomOf, SEED_ALERTS } from './seed.ts';
import type { SeedAlert, World } from './seed.ts';

/** The fake service's memory and rules: the contract's tables in their plainest form. Development and tests only. */
export interface StreamRow {
  no: number;
  type: string;
  data: unknown;
}
export type Outcome<T> = { status: number; body: T } | { status: 409; conflict: Alert | Order };

const iso = (ms: number): string => new Date(ms).toISOString();
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

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
  tellUnconfirmed(homeIds: readonly string[], unheard = false): void {
    const receivedAt = new Date().toISOString();
    const items = homeIds.map((homeId) => ({
      homeId,
      deviceId: `${homeId}-sos`,
      street: this.world.homes.find((h) => h.id === homeId)?.street ?? null,
      receivedAt,
    }));
    const row = { no: this.no, type: 'unconfirmed', data: { items, more: 0, ...(unheard && { unheard }) } };
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
      evidence: fakeEvidence(seed, deviceId, openedMs),
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
    if (seed.kind === 'fall')
      alert.timeline = [
        { at: iso(openedMs), what: 'pending', by: 'system', note: null },
        { at: iso(openedMs + 300), what: 'asked', by: 'system', note: `${home.id}-screen` },
        ...(alert.state === 'pending'
          ? []
          : [{ at: iso(openedMs + 20_000), what: 'verified', by: 'system', note: 'silence' }]),
      ];
    return this.put(alert);
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
          'order_dispatched',
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
    const step = orderStep(o, name, caregiverId, body);
    if (step === undefined) return undefined;
    if (step === 'conflict') return { status: 409, conflict: o };
    return {
      status: 200,
      body:
        step === 'cancel'
          ? this.endOrder(o, textOf(body['reason']))
          : this.putOrder({ ...o, ...step, version: o.version + 1 }),
    };
  }

  recommend(id: string): Recommendation | undefined {
    const alert = this.alerts.get(id);
    const home = this.world.homes.find((h) => h.id === alert?.homeId);
    if (!alert || home?.lat == null || home.lon == null) return undefined;
    return fakeRecommendation({ lat: home.lat, lon: home.lon }, this.world.caregivers);
  }

  /** A desk in the middle of a shift: `count` unresolved alarms of several ages, some taken, one being served. */
  populate(count: number, nowMs: number): void {
    const r = this.random;
    for (let i = 0; i < count; i += 1) {
      const seed = SEED_ALERTS[i % SEED_ALERTS.length];
      if (!seed) continue;
      const drawn = i === 0 ? 133_000 : Math.round(15_000 + r() ** 2 * 40 * 60_000);
      const taken = i % 4 === 1;
      // Nobody leaves a grave call unanswered for a quarter of an hour; what waits for long is small.
      const age = taken || seed.priority > 2 ? drawn : Math.min(drawn, 133_000 - (drawn % 97) * 1000);
      const more: Partial<Alert> = {};
      if (taken)
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
