import type { Clock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { type Alert, ALERT_KINDS, type AlertKind } from '../../schemas/alert.ts';
import type { AmbulanceSheet } from '../../schemas/ambulance-sheet.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Channel, Notice, OfferFacts, OverdueFacts, Recipient, Sent } from './channel.ts';
import {
  type DueNotice,
  endNotice,
  isWithdrawal,
  retryNoticeAt,
  takeDue,
  writeWithdrawals,
} from './notice-store.ts';
import { noticeText, OVERDUE_TEXT, withdrawnText } from './templates.ts';

export interface CourierDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  channels: readonly Channel[];
  /** Contacts out of a resident's sealed personal fields, in their order. */
  contactsOf(personal: Uint8Array): Recipient[];
  /** Name and telephone out of a caregiver's. */
  personOf(personal: Uint8Array): Recipient;
  /** For the ambulance service; absent: it is only told that there is something. */
  sheets?: {
    read(alert: Alert): Promise<AmbulanceSheet>;
    /** Kept as it was handed over, once for each notice. */
    keep(sheet: AmbulanceSheet, noticeId: string): Promise<unknown>;
  };
}

const AT_ONCE = 50;
/** Longer than any channel takes. */
const HOLD_MS = 30_000;
/** 1, 2, 4, … seconds, at most a minute; some ten minutes in all, then it is a dead letter. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
const MOST_TRIES = 15;

/**
 * Hands notices over to their channels: each waits in the database until it was delivered, was given up (a dead letter),
 * or has nobody left to tell because the call has been answered (I8). Delivered at least once, under one id.
 */
export class Courier {
  readonly #deps: CourierDeps;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #again = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #ended;
  readonly #offered;

  constructor(deps: CourierDeps) {
    this.#deps = deps;
    this.#channels = new Map(deps.channels.map((channel) => [channel.name, channel]));
    this.#ended = deps.metrics.counter('yinling_notices_total', 'Notices by how they ended', [
      'channel',
      'outcome',
    ]);
    this.#offered = deps.metrics.histogram(
      'yinling_offer_delivered_seconds',
      'From an offer to its delivery by a channel',
      ['channel'],
    );
  }

  /** Everything that is due now. A channel that does not answer holds up no other. */
  async deliver(): Promise<void> {
    const channels = [...this.#channels.keys()];
    await Promise.all([
      this.#deliver({ channels, others: true }),
      ...channels.map((channel) => this.#deliver({ channels: [channel], others: false })),
    ]);
  }

  /** One at a time for each channel; what is called for meanwhile is done after it. */
  #deliver(by: { channels: readonly string[]; others: boolean }): Promise<void> {
    const key = by.others ? '' : by.channels.join();
    this.#again.add(key);
    let running = this.#running.get(key);
    if (running === undefined) {
      running = (async () => {
        while (this.#again.delete(key)) await this.#take(by);
      })().finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }

  async #take(by: { channels: readonly string[]; others: boolean }): Promise<void> {
    for (;;) {
      const due = await takeDue(this.#deps.pool, this.#deps.clock.now(), HOLD_MS, AT_ONCE, by);
      await Promise.all(due.map((notice) => this.#one(notice)));
      if (due.length < AT_ONCE) return;
    }
  }

  async #one(due: DueNotice): Promise<void> {
    const { pool, clock, log } = this.#deps;
    if (!stillWanted(due, clock.now())) return this.#end(due, 'obsolete', null);
    const sent = await this.#send(due);
    if (sent.ok) return this.#end(due, 'delivered', null);
    if (sent.retry && due.tries < MOST_TRIES) {
      const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (due.tries - 1), LONGEST_RETRY_MS);
      return retryNoticeAt(pool, due.id, sent.error, clock.now() + waitMs);
    }
    log.error({ noticeId: due.id, channel: due.channel, error: sent.error }, 'notice given up');
    return this.#end(due, 'dead', sent.error);
  }

  async #send(due: DueNotice): Promise<Sent> {
    const channel = this.#channels.get(due.channel);
    if (channel === undefined) return { ok: false, error: 'there is no such channel', retry: false };
    try {
      const notice = await this.#notice(due);
      const { sheets } = this.#deps;
      if (due.target !== '120' || channel.carriesSheets !== true || sheets === undefined || due.doc === null)
        return await channel.send(notice);
      const sheet = await sheets.read(due.doc);
      const sent = await channel.send({ ...notice, sheet });
      // Not kept is not delivered: it is handed over again under the same id, and kept then.
      if (sent.ok) await sheets.keep(sheet, due.id);
      return sent;
    } catch (error) {
      this.#deps.log.warn({ err: error, channel: due.channel }, 'a channel has thrown');
      return { ok: false, error: 'failed', retry: true };
    }
  }

  async #end(due: DueNotice, state: 'delivered' | 'dead' | 'obsolete', error: string | null): Promise<void> {
    const { pool, clock } = this.#deps;
    const { withdrawn } = await endNotice(pool, due.id, { state, error, at: clock.now() });
    if (withdrawn && due.offer_id !== null && state === 'delivered' && !isWithdrawal(due))
      await writeWithdrawals(pool, [{ offerId: due.offer_id, by: 'system' }], clock.now());
    this.#ended.inc({ channel: due.channel, outcome: state });
    if (state === 'delivered' && due.offer_id !== null && !isWithdrawal(due))
      this.#offered.observe(
        { channel: due.channel },
        (this.#deps.clock.now() - due.created_at.getTime()) / 1000,
      );
  }

  async #notice(due: DueNotice): Promise<Notice> {
    const { doc, target, order_doc: order } = due;
    const kind: AlertKind = ALERT_KINDS.find((item) => item === doc?.kind) ?? 'service_request';
    const place = doc ?? order;
    if (place === null) throw new Error(`notice ${due.id} is of nothing`);
    const offer = offerOf(due);
    const overdue = overdueOf(due);
    const withinMs = due.expires_at === null ? 0 : due.expires_at.getTime() - due.created_at.getTime();
    return {
      id: due.id,
      alertId: due.alert_id,
      homeId: place.homeId,
      street: place.street,
      kind,
      priority: doc?.priority ?? (order?.emergency === true ? 2 : 3),
      target,
      step: due.step,
      attempt: due.attempt,
      at: toIso(due.created_at.getTime()),
      text:
        overdue !== undefined
          ? OVERDUE_TEXT
          : offer?.withdrawn === true
            ? withdrawnText(kind)
            : noticeText(kind, target, Math.round(withinMs / 1000)),
      recipients: await this.#recipients(due, place.homeId),
      ...(offer !== undefined && { offer }),
      ...(overdue !== undefined && { overdue }),
    };
  }

  #recipients({ target, caregiver_id }: DueNotice, homeId: string): Promise<Recipient[]> {
    if (target === 'contacts') return this.#contactsOf(homeId);
    return caregiver_id === null ? Promise.resolve([]) : this.#caregiver(caregiver_id);
  }

  async #caregiver(id: string): Promise<Recipient[]> {
    const { rows } = await this.#deps.pool.query<{ personal: Uint8Array }>(
      'select personal from caregivers where id = $1',
      [id],
    );
    return rows.map(({ personal }) => this.#deps.personOf(personal));
  }

  async #contactsOf(homeId: string): Promise<Recipient[]> {
    const { rows } = await this.#deps.pool.query<{ personal: Uint8Array }>(
      'select personal from residents where home_id = $1 and retired_at is null order by id',
      [homeId],
    );
    return rows.flatMap(({ personal }) => this.#deps.contactsOf(personal));
  }
}

/**
 * I8: nobody is told of a call that has been answered meanwhile, unless a person asked for it; nor of an offer that is
 * out no longer.
 */
function stillWanted(due: DueNotice, nowMs: number): boolean {
  const { doc, by_hand, opening, current_opening, outcome, expires_at, order_doc: order } = due;
  // Theirs again meanwhile: by an offer of its own, of which they are told as well.
  if (isWithdrawal(due))
    return outcome === 'withdrawn' || order?.caregiverId !== due.caregiver_id || order.state === 'cancelled';
  if (due.offer_id !== null) return outcome === null && expires_at !== null && expires_at.getTime() > nowMs;
  if (doc === null) return order?.overdue?.what === 'check_in';
  return by_hand ? doc.state !== 'resolved' : doc.state === 'open' && opening === current_opening;
}

function offerOf(due: DueNotice): OfferFacts | undefined {
  const { order_id: orderId, offer_id: offerId, caregiver_id: caregiverId, expires_at, order_doc } = due;
  if (orderId === null || offerId === null || caregiverId === null || expires_at === null) return undefined;
  return {
    orderId,
    offerId,
    caregiverId,
    service: order_doc?.service ?? '',
    expiresAt: toIso(expires_at.getTime()),
    ...(isWithdrawal(due) && { withdrawn: true as const }),
  };
}

function overdueOf({ target, order_doc: order }: DueNotice): OverdueFacts | undefined {
  if (target !== 'supervisor' || order?.overdue?.what !== 'check_in') return undefined;
  const { since, times } = order.overdue;
  return { orderId: order.id, caregiverId: order.caregiverId, since, times };
}
