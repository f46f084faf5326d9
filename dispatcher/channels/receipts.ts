import { toIso } from '../../schemas/ids.ts';
import { CaseFile } from '../engine/case-file.ts';
import type { EngineDeps } from '../engine/engine.ts';
import type { Actor, OrderCommands } from '../ports.ts';
import { transact } from '../transact.ts';
import type { NoticeTarget } from './channel.ts';

/** What a gateway reports of a notice that it was given. */
export interface Receipt {
  noticeId: string;
  event: 'received' | 'failed' | 'key';
  /** With `key`. */
  key?: string | undefined;
  /** With `failed`: why. */
  detail?: string | undefined;
}
export type Receipted =
  | { result: 'noted' | 'confirmed' | 'accepted' | 'declined' | 'no_such_key' | 'not_found' }
  /** The offer is out no longer; what is to be said to whoever pressed. */
  | { result: 'too_late'; detail: string };

interface Row {
  alert_id: string | null;
  target: NoticeTarget;
  order_id: string | null;
  caregiver_id: string | null;
  answered_at: Date | null;
}

const BY_KEY_DECLINED = '按键拒接';

/**
 * Takes what gateways report: a notice reached its telephone, or did not and is a dead letter; or a key was pressed.
 * 1 accepts an offer and 2 declines it, in the name of the caregiver who was asked; from anybody else 1 confirms, which
 * stands in the alert's timeline and answers nothing. The same report again changes nothing.
 */
export function createReceipts(
  deps: EngineDeps,
  orders: OrderCommands,
): (receipt: Receipt) => Promise<Receipted> {
  const { pool, clock } = deps;

  async function confirm(id: string, { alert_id, target, answered_at }: Row): Promise<Receipted> {
    if (answered_at !== null) return { result: 'confirmed' };
    const file = await transact(pool, async (tx) => {
      const now = clock.now();
      const { rows } = await tx.query(
        `update notices set answer = 'confirmed', answered_at = $2, received_at = coalesce(received_at, $2)
         where id = $1 and answered_at is null returning 1`,
        [id, new Date(now)],
      );
      const found =
        rows.length === 0 || alert_id === null ? undefined : await CaseFile.ofAlert(tx, alert_id, now);
      if (found?.record === undefined || found.record.alert.state === 'resolved') return undefined;
      found.add({ type: 'noted', at: toIso(now), by: target, text: 'confirmed by key' });
      await found.write();
      return found;
    });
    if (file !== undefined) deps.onCommitted(file);
    return { result: 'confirmed' };
  }

  async function answer(id: string, row: Row, key: string): Promise<Receipted> {
    const { order_id: orderId, caregiver_id: caregiverId } = row;
    if (orderId === null || caregiverId === null) return { result: 'not_found' };
    const actor: Actor = {
      username: `phone:${caregiverId}`,
      role: 'caregiver',
      streets: [],
      caregiverId,
      address: '',
    };
    const done =
      key === '1'
        ? await orders.accept(orderId, actor, {})
        : await orders.decline(orderId, actor, { reason: BY_KEY_DECLINED });
    if (!done.ok) return { result: 'too_late', detail: done.detail };
    const result = key === '1' ? 'accepted' : 'declined';
    await pool.query(
      `update notices set answer = $2, answered_at = coalesce(answered_at, $3), received_at = coalesce(received_at, $3)
       where id = $1`,
      [id, result, new Date(clock.now())],
    );
    return { result };
  }

  return async ({ noticeId, event, key, detail }) => {
    const now = new Date(clock.now());
    const { rows } = await pool.query<Row>(
      'select alert_id, target, order_id, caregiver_id, answered_at from notices where id = $1',
      [noticeId],
    );
    const [row] = rows;
    if (row === undefined) return { result: 'not_found' };
    switch (event) {
      case 'received':
        await pool.query('update notices set received_at = coalesce(received_at, $2) where id = $1', [
          noticeId,
          now,
        ]);
        return { result: 'noted' };
      case 'failed':
        // Whoever has answered was reached, whatever the gateway says afterwards.
        await pool.query(
          `update notices set state = 'dead', error = $3, ended_at = $2, next_at = null
           where id = $1 and state in ('waiting', 'delivered') and answered_at is null`,
          [noticeId, now, `not delivered: ${detail ?? 'no reason given'}`.slice(0, 500)],
        );
        return { result: 'noted' };
      case 'key':
        if (row.target === 'caregiver')
          return key === '1' || key === '2' ? answer(noticeId, row, key) : { result: 'no_such_key' };
        return key === '1' ? confirm(noticeId, row) : { result: 'no_such_key' };
    }
  };
}
