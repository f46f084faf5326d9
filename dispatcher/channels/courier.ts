import type { Clock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { ALERT_KINDS, type AlertKind } from '../../schemas/alert.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Channel, Notice, Recipient, Sent } from './channel.ts';
import { type DueNotice, endNotice, retryNoticeAt, takeDue } from './notice-store.ts';
import { noticeText } from './templates.ts';

export interface CourierDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  channels: readonly Channel[];
  /** Contacts out of a resident's sealed personal fields, in their order. */
  contactsOf(personal: Uint8Array): Recipient[];
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
  readonly #ended;

  constructor(deps: CourierDeps) {
    this.#deps = deps;
    this.#channels = new Map(deps.channels.map((channel) => [channel.name, channel]));
    this.#ended = deps.metrics.counter('yinling_notices_total', 'Notices by how they ended', [
      'channel',
      'outcome',
    ]);
  }

  /** Everything that is due now. */
  async deliver(): Promise<void> {
    for (;;) {
      const due = await takeDue(this.#deps.pool, this.#deps.clock.now(), HOLD_MS, AT_ONCE);
      await Promise.all(due.map((notice) => this.#one(notice)));
      if (due.length < AT_ONCE) return;
    }
  }

  async #one(due: DueNotice): Promise<void> {
    const { pool, clock, log } = this.#deps;
    if (!stillWanted(due)) return this.#end(due, 'obsolete', null);
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
      return await channel.send(await this.#notice(due));
    } catch (error) {
      this.#deps.log.warn({ err: error, channel: due.channel }, 'a channel has thrown');
      return { ok: false, error: 'failed', retry: true };
    }
  }

  async #end(due: DueNotice, state: 'delivered' | 'dead' | 'obsolete', error: string | null): Promise<void> {
    await endNotice(this.#deps.pool, due.id, { state, error, at: this.#deps.clock.now() });
    this.#ended.inc({ channel: due.channel, outcome: state });
  }

  async #notice(due: DueNotice): Promise<Notice> {
    const { doc, target } = due;
    const kind: AlertKind = ALERT_KINDS.find((item) => item === doc.kind) ?? 'sos';
    return {
      id: due.id,
      alertId: due.alert_id,
      homeId: doc.homeId,
      street: doc.street,
      kind,
      priority: doc.priority,
      target,
      step: due.step,
      attempt: due.attempt,
      at: toIso(due.created_at.getTime()),
      text: noticeText(kind, target),
      recipients: target === 'contacts' ? await this.#contactsOf(doc.homeId) : [],
    };
  }

  async #contactsOf(homeId: string): Promise<Recipient[]> {
    const { rows } = await this.#deps.pool.query<{ personal: Uint8Array }>(
      'select personal from residents where home_id = $1 and retired_at is null order by id',
      [homeId],
    );
    return rows.flatMap(({ personal }) => this.#deps.contactsOf(personal));
  }
}

/** I8: nobody is told of a call that has been answered meanwhile, unless a person asked for it. */
const stillWanted = ({ doc, by_hand, opening, current_opening }: DueNotice): boolean =>
  by_hand ? doc.state !== 'resolved' : doc.state === 'open' && opening === current_opening;
