import { checkConservation } from '../../devices-sim/measure/conservation.ts';
import { verifyLedger } from '../../dispatcher/ledger/verify.ts';
import type { Random } from '../../devices-sim/random.ts';
import type { Pool } from '../../platform/database.ts';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import { absenceOffences } from './absences.ts';
import { historyOffences, type StoredAlert } from './alert-history.ts';
import { rearrange } from './arrivals.ts';
import type { CommandRecord, History } from './history.ts';
import { refoldAll } from './refold.ts';
import { streamOffences } from './stream-seen.ts';

export interface Verdict {
  /** What broke an invariant, one line each; empty: none. */
  offences: string[];
  acknowledged: number;
  lost: number;
  duplicated: number;
  presses: number;
  alerts: number;
  offers: number;
  orders: number;
  ledgerTransactions: number;
  refolded: number;
  streamEvents: number;
  /** That another order of arrival came to as well, and the readings that came in another (I3). */
  signals: number;
  rearranged: number;
  /** Of workers that had homes, all on record as an outage (I13). */
  workerDeaths: number;
}

/** Holds what those outside remember against what is stored. The service has been stopped in order. */
export async function judge(pool: Pool, history: History, random: Random): Promise<Verdict> {
  const offences: string[] = [...history.oddities];
  const rows = async <T extends object>(text: string, ...values: unknown[]): Promise<T[]> =>
    (await pool.query<T & Record<string, unknown>>({ text, values })).rows;
  const odd = async (what: string, text: string): Promise<void> => {
    const found = await rows(text);
    for (const row of found.slice(0, 5)) offences.push(`${what}: ${JSON.stringify(row)}`);
    if (found.length > 5) offences.push(`${what}: and ${found.length - 5} more`);
  };

  // I1, I2: acknowledged once, stored once; every press evidence in exactly one alert.
  const stored = await rows<{ deviceId: string; messageId: string }>(
    `select d.id as "deviceId", r.message_id as "messageId"
     from readings r join devices d on d.no = r.device_no where r.message_id is not null`,
  );
  const evidence = await rows<{ alertId: string; deviceId: string | null; messageId: string }>(
    `select a.id as "alertId", e ->> 'deviceId' as "deviceId", e ->> 'messageId' as "messageId"
     from alerts a, jsonb_array_elements(a.doc -> 'evidence') e where e ->> 'kind' = 'press'`,
  );
  const books = checkConservation(history.messages, stored, evidence, 0);
  for (const { what, deviceId, messageId, detail } of books.offences.slice(0, 20))
    offences.push(`I1 I2 ${what}: ${deviceId} ${messageId} ${detail}`);
  offences.push(...(await outOfOrder(rows, history)));
  await odd('a dead letter that nobody sent', 'select reason, topic, detail from dead_letters limit 20');

  // I5, I6: alert, events and outbox agree; whoever is not resolved has a deadline or a person.
  await odd(
    'I5 two unresolved of one key',
    `select dedup_key, count(*) from alerts where state <> 'resolved' group by dedup_key having count(*) > 1`,
  );
  await odd(
    'I6 neither deadline nor person',
    `select id, state from alerts where state <> 'resolved' and deadline_at is null and acknowledged_by is null`,
  );
  await odd(
    'I6 events are not the versions',
    `select a.id, a.version, count(e.version) from alerts a left join alert_events e on e.alert_id = a.id
     group by a.id having count(e.version) <> a.version or max(e.version) <> a.version`,
  );
  await odd(
    'I6 a change without its outbox row, or with two',
    `select e.alert_id, e.version, count(o.id) from alert_events e
     left join outbox o on o.type = 'alert' and o.ref = e.alert_id and (o.data ->> 'version')::int = e.version
     group by e.alert_id, e.version having count(o.id) <> 1`,
  );
  // I7: only people end calls for help, and only residents suspected falls.
  await odd(
    'I7 ended by a machine',
    `select id, doc ->> 'resolvedBy' as by from alerts where state = 'resolved' and priority = 1
       and doc ->> 'resolvedBy' !~ '^(operator-|admin)' and disposition is distinct from 'resident_ok'`,
  );
  // The stream: numbered without a gap, all of it.
  await odd('an outbox row without a number', 'select id, ref from outbox where stream_no is null');
  await odd(
    'the stream has a gap',
    `select count(*), min(stream_no), max(stream_no) from outbox
     having max(stream_no) - min(stream_no) + 1 <> count(*) or max(stream_no) <> (select no from stream_head)`,
  );
  const published = await rows<{ no: number }>(
    'select stream_no as no from outbox where stream_no <= $1 order by 1',
    history.headAtPeace,
  );
  for (const stream of history.streams)
    offences.push(
      ...streamOffences(
        stream,
        published.map(({ no }) => no),
      ),
    );

  // I11: every offer one end; nobody two emergencies.
  await odd(
    'I11 an offer without an end though its order is over, or it expired long ago',
    `select f.id, o.state, f.expires_at from offers f join orders o on o.id = f.order_id
     where f.outcome is null and o.state in ('completed', 'cancelled')`,
  );
  await odd(
    'I11 an order and its offers disagree',
    `select o.id, f.id as offer, f.outcome, d ->> 'outcome' as said
     from orders o cross join jsonb_array_elements(o.doc -> 'offers') d
     left join offers f on f.id = d ->> 'id'
     where f.id is null or f.outcome is distinct from d ->> 'outcome'`,
  );
  await odd(
    'I11 two emergencies of one caregiver',
    `select caregiver_id from orders where emergency and state in ('accepted', 'en_route', 'on_scene')
     group by caregiver_id having count(*) > 1`,
  );
  await odd(
    'a completed order without its visit, or a visit without',
    `select o.id from orders o full join visits v on v.order_id = o.id
     where (o.state = 'completed') is distinct from (v.order_id is not null)`,
  );
  await commandsKept(history, rows, offences);

  // I12
  const ledger = await verifyLedger(pool);
  for (const problem of ledger.problems) offences.push(`I12 ${problem}`);
  await odd(
    'I12 a volunteer visit without its one deposit',
    `select v.order_id, count(t.id) from visits v join caregivers c on c.id = v.caregiver_id
     left join ledger_transactions t on t.ref = v.order_id and t.kind = 'deposit'
     where c.role = 'volunteer' group by v.order_id having count(t.id) <> 1`,
  );

  // I8, I9
  const histories = await rows<StoredAlert>(
    `select a.id, a.work, (select json_agg(e.body order by e.version) from alert_events e where e.alert_id = a.id) as changes
     from alerts a`,
  );
  offences.push(...histories.flatMap(historyOffences).slice(0, 20));
  await odd(
    'I8 an alert that is over, or acknowledged for long, still to be told of by itself',
    `select n.id, n.step, n.target, a.state from notices n join alerts a on a.id = n.alert_id
     where n.state = 'waiting' and not n.by_hand and a.state in ('acknowledged', 'resolved')
       and greatest(n.next_at, (a.doc ->> 'acknowledgedAt')::timestamptz) < now() - interval '60 s'`,
  );

  // I3, I13
  const arrivals = await rearrange(pool, () => random.next());
  for (const home of arrivals.different.slice(0, 5))
    offences.push(`I3 another order of arrival, other signals: ${home}`);
  const absences = await absenceOffences(pool, history.faults);
  offences.push(...absences.offences);

  // I4
  const refold = await refoldAll(pool, Date.now());
  for (const home of refold.different) offences.push(`I4 state is not a refold: ${home}`);

  const [counts] = await rows<{ alerts: number; offers: number; orders: number; events: number }>(
    `select (select count(*)::int from alerts) as alerts, (select count(*)::int from offers) as offers,
       (select count(*)::int from orders) as orders, (select count(*)::int from outbox) as events`,
  );
  return {
    offences,
    acknowledged: books.acknowledged,
    lost: books.lost,
    duplicated: books.duplicated,
    presses: books.presses,
    alerts: counts?.alerts ?? 0,
    offers: counts?.offers ?? 0,
    orders: counts?.orders ?? 0,
    ledgerTransactions: ledger.transactions,
    refolded: refold.items,
    streamEvents: counts?.events ?? 0,
    signals: arrivals.signals,
    rearranged: arrivals.moved,
    workerDeaths: absences.deaths,
  };
}

/** Of these faults messages overtake one another by right: packets are swapped, or given to Redis once more. */
const REORDERS = /redis|swap/;

/** What a device says is stored in the order in which it was said: whatever it had to say again, over whichever broker, to whichever ingest. Calls for help overtake the rest. */
async function outOfOrder(rows: Rows, { faults, messages }: History): Promise<string[]> {
  if (faults.some(({ fault }) => REORDERS.test(fault))) return [];
  const nth = new Map(messages.map(({ messageId }, i) => [messageId, i]));
  const last = new Map<string, number>();
  const offences: string[] = [];
  const stored = await rows<{ id: string; lane: string }>(
    `select r.message_id as id, r.device_no || ' ' || (r.channel = any($1)) as lane
     from readings r where r.message_id is not null order by r.seq`,
    EXPRESS,
  );
  for (const { id, lane } of stored) {
    const place = nth.get(id) ?? 0;
    if (place < (last.get(lane) ?? -1)) offences.push(`out of order: ${id} after a later one of its device`);
    last.set(lane, Math.max(place, last.get(lane) ?? -1));
  }
  return offences.slice(0, 5);
}
const EXPRESS = [CHANNEL_NUMBER.sos, CHANNEL_NUMBER.fall, CHANNEL_NUMBER.reply];

type Rows = <T extends object>(text: string, ...values: unknown[]) => Promise<T[]>;

/** What was answered with 200 has happened, and is on record under the name of who did it. */
async function commandsKept(history: History, rows: Rows, offences: string[]): Promise<void> {
  const done = history.commands.filter(({ status }) => status === 200);
  const events = await rows<{ id: string; type: string; by: string }>(
    `select e.alert_id as id, x ->> 'type' as type, x ->> 'by' as by
     from alert_events e, jsonb_array_elements(e.body) x`,
  );
  const happened = new Set(events.map(({ id, type, by }) => `${id} ${type} ${by}`));
  const told = (command: CommandRecord): void =>
    void offences.push(`answered with 200 and gone: ${command.who} ${command.verb} ${command.id}`);
  const EVENT_OF: Readonly<Record<string, string>> = {
    acknowledge: 'acknowledged',
    resolve: 'resolved',
    note: 'noted',
    escalate: 'escalated',
  };
  for (const command of done.filter(({ object }) => object === 'alert')) {
    const type = EVENT_OF[command.verb];
    if (type !== undefined && !happened.has(`${command.id} ${type} ${command.who}`)) told(command);
  }
  const orders = new Map(
    (
      await rows<{ id: string; state: string; ended: string[] }>(
        `select o.id, o.state, array(select f.caregiver_id || ' ' || f.outcome from offers f where f.order_id = o.id) as ended
         from orders o`,
      )
    ).map((row) => [row.id, row]),
  );
  for (const command of done.filter(({ object }) => object === 'order')) {
    const order = orders.get(command.id);
    const kept =
      command.verb === 'complete'
        ? order?.state === 'completed'
        : command.verb === 'accept'
          ? order?.ended.includes(`${command.caregiverId} accepted`) === true
          : command.verb === 'decline'
            ? order?.ended.includes(`${command.caregiverId} declined`) === true
            : order !== undefined;
    if (!kept) told(command);
  }
}
