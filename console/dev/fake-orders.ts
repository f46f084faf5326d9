import type { Order, Service } from '../model/api-types.ts';

const CHECK_IN_MS = 60 * 60_000;
const LIVE = ['requested', 'offered', 'accepted', 'en_route', 'on_scene'];

/** What a command makes of an order; undefined: there is no such command. */
export function orderStep(
  o: Order,
  name: string,
  caregiverId: string | null,
  body: Record<string, unknown>,
): Partial<Order> | 'cancel' | 'conflict' | undefined {
  const now = isoOf(Date.now());
  const at = typeof body['at'] === 'string' ? body['at'] : now;
  const who = (typeof body['caregiverId'] === 'string' ? body['caregiverId'] : caregiverId) ?? '';
  const offer = o.offers.find((f) => f.caregiverId === who && f.outcome === null);
  const closed = (outcome: 'accepted' | 'declined', reason: string | null) =>
    o.offers.map((f) => (f === offer ? { ...f, outcome, endedAt: now, reason } : f));
  switch (name) {
    case 'accept':
      if (!offer || o.state !== 'offered') return 'conflict';
      return {
        state: 'accepted',
        caregiverId: who,
        acceptedAt: now,
        offers: closed('accepted', null),
      };
    case 'decline':
      if (!offer) return 'conflict';
      return { state: 'requested', offers: closed('declined', textOf(body['reason'])) };
    case 'depart':
      return o.state === 'accepted' ? { state: 'en_route', departedAt: at } : 'conflict';
    case 'arrive': {
      if (o.state !== 'en_route' && o.state !== 'accepted') return 'conflict';
      const place =
        typeof body['lat'] === 'number' && typeof body['lon'] === 'number'
          ? { lat: body['lat'], lon: body['lon'], accuracyM: null, offByM: 12 }
          : null;
      return {
        state: 'on_scene',
        arrivedAt: at,
        visit: { beganAt: at, endedAt: null, minutes: null, place },
        checkInDueAt: isoOf(Date.parse(at) + CHECK_IN_MS),
      };
    }
    case 'check-in':
      return o.state === 'on_scene'
        ? { checkInDueAt: isoOf(Date.parse(at) + CHECK_IN_MS), overdue: null }
        : 'conflict';
    case 'complete': {
      if (o.state !== 'on_scene' || !o.visit) return 'conflict';
      const minutes = Math.max(1, Math.round((Date.parse(at) - Date.parse(o.visit.beganAt)) / 60_000));
      const service = typeof body['service'] === 'string' ? (body['service'] as Service) : o.service;
      return {
        state: 'completed',
        completedAt: at,
        service,
        visit: { ...o.visit, endedAt: at, minutes },
      };
    }
    case 'cancel':
      return LIVE.includes(o.state) ? 'cancel' : 'conflict';
    case 'rating':
      return o.state === 'completed'
        ? {
            rating: {
              score: Number(body['score']),
              comment: (body['comment'] as string | undefined) ?? null,
              at: now,
            },
          }
        : 'conflict';
    default:
      return undefined;
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
