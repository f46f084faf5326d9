import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';

/** A stretch of an alarm's life, as a trace shows it. ms since the epoch. */
export interface LifeSpan {
  /** Whose trace it belongs to: the alert's id. */
  readonly alertId: string;
  /** Names the span within all of them; the same stretch always has the same. */
  readonly key: string;
  /** The span that it is part of; absent: the trace's root. */
  readonly parent?: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Ids and words of ours; never a name, a number or a text. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Traces come of what is published anyway: alert and order carry the times of every hop, so nothing has to be handed
 * along with a message, and the path of messages does nothing for it. Each stretch is told once, when it is over, by
 * the server that numbers the event that ends it. Canaries measure themselves. Pure.
 */
export function spansOfAlert(alert: Alert): LifeSpan[] {
  if (alert.synthetic) return [];
  const { id: alertId, kind, priority, street, test, homeId } = alert;
  const root = `alert:${alertId}`;
  const about = { 'alert.id': alertId, 'alert.kind': kind, 'alert.priority': priority, street };
  const part = (name: string, from: number | undefined, to: number | undefined, more = {}): LifeSpan[] =>
    from === undefined || to === undefined
      ? []
      : [
          {
            alertId,
            key: `${root}:${name}:${alert.version}`,
            parent: root,
            name,
            from,
            to: Math.max(from, to),
            attributes: { ...about, ...more },
          },
        ];
  const [occurred, received] = [ms(alert.occurredAt), ms(alert.receivedAt)];
  const [committed, published] = [ms(alert.committedAt), ms(alert.publishedAt)];
  const opened = ms(alert.openedAt);
  if (alert.version === 1) {
    const from = Math.min(occurred ?? Infinity, received ?? Infinity);
    return [
      {
        alertId,
        key: root,
        name: `alarm ${kind}`,
        from,
        to: Math.max(from, published ?? committed ?? from),
        attributes: { ...about, 'home.id': homeId, test },
      },
      // A device whose clock is ahead was not heard before it spoke
      ...part(
        'device',
        occurred,
        occurred !== undefined && occurred <= (received ?? 0) ? received : undefined,
      ),
      ...part('commit', received, committed),
      ...part('publish', committed, published),
    ];
  }
  const last = alert.timeline.at(-1)?.what;
  if (alert.state === 'acknowledged' && last === 'acknowledged')
    return part('answer', opened, ms(alert.acknowledgedAt));
  if (alert.state === 'resolved' && last === 'resolved')
    return part('handling', opened, ms(alert.resolvedAt), { disposition: alert.disposition ?? '' });
  return [];
}

export function spansOfOrder(order: Order): LifeSpan[] {
  const { id, alertId, service, state, street } = order;
  // Over, and told now: a rating comes later, and is another version
  const over =
    state === 'completed' ? ms(order.completedAt) : state === 'cancelled' ? ms(order.cancelledAt) : undefined;
  if (alertId === null || over === undefined || order.rating !== null) return [];
  const parent = `order:${id}`;
  const about = { 'order.id': id, 'order.service': service, 'order.state': state, street };
  const part = (name: string, from: number | undefined, to: number | undefined, more = {}): LifeSpan[] =>
    from === undefined || to === undefined
      ? []
      : [
          {
            alertId,
            key: `${parent}:${name}`,
            parent,
            name: name.split(':')[0] ?? name,
            from,
            to: Math.max(from, to),
            attributes: { ...about, ...more },
          },
        ];
  const created = ms(order.createdAt) ?? over;
  return [
    {
      alertId,
      key: parent,
      parent: `alert:${alertId}`,
      name: 'order',
      from: created,
      to: Math.max(created, over),
      attributes: about,
    },
    ...order.offers.flatMap((offer) =>
      part(`offer:${offer.id}`, ms(offer.offeredAt), ms(offer.endedAt), {
        'caregiver.id': offer.caregiverId,
        'offer.outcome': offer.outcome ?? 'open',
      }),
    ),
    ...part('travel', ms(order.departedAt), ms(order.arrivedAt)),
    ...part('visit', ms(order.arrivedAt), ms(order.completedAt)),
  ];
}

const ms = (time: string | null): number | undefined => (time === null ? undefined : Date.parse(time));
