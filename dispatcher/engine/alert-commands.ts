import { type AlertCommand, decideCommand } from '../../alerts/decide-command.ts';
import type { AlertRecord } from '../../alerts/record.ts';
import type { Transaction } from '../../platform/database.ts';
import type { Alert } from '../../schemas/alert.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import { mayOnAlert } from '../authority.ts';
import type { RouteKey } from '../http/access.ts';
import type { Actor, AlertCommands, CommandResult, Recommendation } from '../ports.ts';
import { serviceOfKind } from '../recommendation/role-fit.ts';
import { advance, withdrawOrders } from './advance.ts';
import { CaseFile } from './case-file.ts';
import { runCommand, storable, storableOrNull } from './command.ts';
import { dispatchOrder, openWithRival } from './dispatch.ts';
import type { EngineDeps } from './engine.ts';
import { escalateByHand } from './escalate.ts';

type Verb = AlertCommand['type'];
type Refusal = Extract<CommandResult<Alert>, { ok: false }>;
const ROUTES: Record<Verb, RouteKey> = {
  acknowledge: 'POST /alerts/:id/acknowledge',
  resolve: 'POST /alerts/:id/resolve',
  escalate: 'POST /alerts/:id/escalate',
  note: 'POST /alerts/:id/note',
  dispatch: 'POST /alerts/:id/dispatch',
  reopen: 'POST /alerts/:id/reopen',
  hand_to_120: 'POST /alerts/:id/hand-to-120',
};

/** The commands on alerts: contract.md's table, decided on the locked alert, then the case brought up to date. */
export function createAlertCommands(deps: EngineDeps): AlertCommands {
  const { pool } = deps;

  function command(
    id: string,
    actor: Actor,
    asked: AlertCommand,
    also?: (tx: Transaction, now: number) => Promise<void>,
  ): Promise<CommandResult<Alert>> {
    const detail: Record<string, unknown> = {};
    if (asked.type === 'resolve') detail['disposition'] = asked.disposition;
    if (asked.type === 'escalate' && asked.step !== undefined) detail['step'] = asked.step;
    return runCommand<Alert>(
      deps,
      actor,
      { action: `alert.${asked.type}`, object: `alert:${id}` },
      async (tx, now) => {
        const opened = await openCase(tx, id, now, actor, asked.type);
        if ('ok' in opened) return opened;
        const { file, record } = opened;
        const decision = decideCommand(record, asked, file);
        if (!decision.ok) return { ...decision, current: shown(record, file) };
        const value = (): Alert => shown(file.record ?? record, file);
        const changes = decision.events.length > 0 || asked.type === 'escalate';
        if (!changes) return { file, value, changed: false };
        file.add(...decision.events);
        if (asked.type === 'escalate')
          await escalateByHand(file, { by: asked.by, step: asked.step, note: asked.note }, deps);
        if (asked.type === 'resolve') {
          withdrawOrders(file, asked.by);
          await tellDetectors(tx, record.alert, asked.disposition, now);
        }
        await also?.(tx, now);
        await advance(file, deps);
        return { file, value, changed: true, detail };
      },
      // Between the look at the key and the write nobody else can open an alert: the lock is held. Kept for those without.
      (constraint) =>
        constraint === 'alerts_one_unresolved' ? current(id, 'a newer alert is unresolved') : undefined,
    );
  }

  async function current(id: string, detail: string): Promise<CommandResult<Alert>> {
    const { rows } = await pool.query<{ doc: Alert; published_at: Date | null }>(
      'select doc, published_at from alerts where id = $1',
      [id],
    );
    const [row] = rows;
    if (row === undefined) return { ok: false, code: 'not_found', detail: `no alert ${id}` };
    return { ok: false, code: 'conflict', detail, current: withPublished(row.doc, row.published_at) };
  }

  return {
    acknowledge: (id, actor, body) =>
      command(id, actor, {
        type: 'acknowledge',
        by: actor.username,
        expectedVersion: body.expectedVersion,
        note: storableOrNull(body.note),
      }),
    resolve: (id, actor, body) =>
      command(id, actor, {
        type: 'resolve',
        by: actor.username,
        expectedVersion: body.expectedVersion,
        disposition: body.disposition,
        note: storableOrNull(body.note),
      }),
    escalate: (id, actor, body) =>
      command(id, actor, {
        type: 'escalate',
        by: actor.username,
        expectedVersion: body.expectedVersion,
        step: body.step,
        note: storableOrNull(body.note),
      }),
    note: (id, actor, body) =>
      command(id, actor, {
        type: 'note',
        by: actor.username,
        expectedVersion: body.expectedVersion,
        text: storable(body.text),
      }),
    reopen: (id, actor, body) =>
      command(id, actor, {
        type: 'reopen',
        by: actor.username,
        expectedVersion: body.expectedVersion,
        note: storableOrNull(body.note),
      }),
    handTo120: (id, actor, body, record) =>
      command(
        id,
        actor,
        {
          type: 'hand_to_120',
          by: actor.username,
          expectedVersion: body.expectedVersion,
          note: storableOrNull([body.reference, body.note].filter((part) => part !== undefined).join(': ')),
        },
        record,
      ),
    dispatch: (id, actor, body) =>
      runCommand<Order>(deps, actor, { action: 'alert.dispatch', object: `alert:${id}` }, async (tx, now) => {
        const rival = await openWithRival(tx, id, body.caregiverId, now);
        const opened = await openCase(tx, id, now, actor, 'dispatch');
        if ('ok' in opened) return { ok: false, code: opened.code, detail: opened.detail };
        const { file, record } = opened;
        const decision = decideCommand(
          record,
          {
            type: 'dispatch',
            by: actor.username,
            expectedVersion: body.expectedVersion,
            note: storableOrNull(body.note),
          },
          file,
        );
        if (!decision.ok) return decision;
        const { orderId, changed } = await dispatchOrder(file, actor, body, deps, rival);
        if (changed) {
          file.add(...decision.events);
          await advance(file, deps);
          // Whoever was taken from another alert is missing there: that one is offered on at once.
          if (rival !== undefined) await advance(rival.file, deps);
        }
        const value = (): Order => {
          const order = file.order(orderId)?.order;
          if (order === undefined) throw new Error(`order ${orderId} is not of this case`);
          return order;
        };
        const { caregiverId } = body;
        return {
          file,
          alsoFile: rival?.file,
          value,
          changed,
          detail: {
            orderId,
            ...(caregiverId !== undefined && { caregiverId }),
            ...(rival !== undefined && { alsoAskedFor: rival.offer.orderId }),
          },
        };
      }),
    recommend: (id) => recommend(deps, id),
  };
}

async function openCase(
  tx: Transaction,
  id: string,
  now: number,
  actor: Actor,
  verb: Verb,
): Promise<{ file: CaseFile; record: AlertRecord } | Refusal> {
  const file = await CaseFile.ofAlert(tx, id, now);
  const record = file?.record;
  if (file === undefined || record === undefined)
    return { ok: false, code: 'not_found', detail: `no alert ${id}` };
  const orders = actor.role === 'caregiver' ? await ordersOfAlert(tx, id) : [];
  const no = mayOnAlert(actor, ROUTES[verb], record.alert, orders);
  return no === undefined ? { file, record } : { ok: false, code: 'forbidden', detail: no };
}

async function ordersOfAlert(tx: Transaction, alertId: string): Promise<Order[]> {
  const { rows } = await tx.query<{ doc: Order }>('select doc from orders where alert_id = $1', [alertId]);
  return rows.map((row) => row.doc);
}

const shown = ({ alert }: AlertRecord, file: CaseFile): Alert => withPublished(alert, file.publishedAt);
export const withPublished = (alert: Alert, publishedAt: Date | null): Alert => ({
  ...alert,
  publishedAt: publishedAt === null ? null : toIso(publishedAt.getTime()),
});

/** A condition that holds on after this opens a new alert after its quiet time (ThingsBoard #13050): the detectors must know. */
async function tellDetectors(tx: Transaction, alert: Alert, disposition: string, now: number): Promise<void> {
  const body = { dedupKey: alert.dedupKey, alertId: alert.id, disposition, at: now };
  await tx.query({
    name: 'tell_detectors',
    text: `with told as (
             insert into home_inputs (home_id, kind, body, created_at) values ($1, 'resolved', $2, $3) returning home_id)
           select pg_notify('home_inputs', home_id) from told`,
    values: [alert.homeId, JSON.stringify(body), new Date(now)],
  });
}

async function recommend(deps: EngineDeps, id: string): Promise<Recommendation | undefined> {
  const { rows } = await deps.pool.query<{ doc: Alert; waiting: Order | null }>(
    `select doc, (select o.doc from orders o where o.alert_id = a.id and o.state in ('requested', 'offered')
                  order by o.created_at limit 1) as waiting
     from alerts a where id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { doc: alert, waiting } = row;
  const declined = (waiting?.offers ?? []).filter((offer) => offer.outcome === 'declined');
  return deps.recommender.recommend(
    deps.pool,
    {
      homeId: alert.homeId,
      kind: alert.kind,
      service: waiting?.service ?? alert.service ?? serviceOfKind(alert.kind),
      emergency: alert.priority <= 2,
      asked: new Map(declined.map((offer) => [offer.caregiverId, 'declined_this_order'])),
    },
    deps.clock.now(),
  );
}
