import { HORIZON_MS } from '../../ingest/store/known-ids.ts';
import { storedBody } from '../../ingest/store/stored-body.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { Statements } from './statements.ts';

const ms = (value: unknown): number => (value instanceof Date ? value.getTime() : Date.parse(String(value)));
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

interface Probe {
  n: number;
  deviceNo: number;
  messageId: string;
  idKey: number;
  contentKey: number;
  statedAt: number | null;
  body: string;
}

/** Of what was stored lately, the newest first. */
function* latest<R>(rows: Map<string | number, R>): Generator<R> {
  const all = [...rows.values()];
  for (let i = all.length - 1; i >= 0; i -= 1) yield all[i] as R;
}

const idKeyOf = (deviceNo: number, idKey: number, contentKey: number): string =>
  `${deviceNo} ${idKey} ${contentKey}`;

export const INGEST_STATEMENTS: Statements = {
  ingest_known_ids(tx, [probes, firstDay, since, tolerance]) {
    const { db } = tx;
    return (JSON.parse(String(probes)) as Probe[]).flatMap(({ n, ...probe }) => {
      const key = db.messageIds.rows.get(idKeyOf(probe.deviceNo, probe.idKey, probe.contentKey));
      if (key !== undefined && day(key.receivedAt) > String(firstDay)) return [{ n }];
      const { statedAt } = probe;
      if (statedAt === null || db.defects.has('message_ids_not_stored')) return [];
      const known = db.knownMessages.get(`${probe.deviceNo} ${probe.messageId}`) ?? [];
      return known.some(
        (row) =>
          row.occurredAt >= statedAt - Number(tolerance) &&
          row.occurredAt <= statedAt &&
          row.receivedAt > ms(since) &&
          row.body === storedBody({ ...row, body: probe.body, flags: Math.max(row.flags, 0) }).body,
      )
        ? [{ n }]
        : [];
    });
  },
  'select id_key, content_key, day from message_ids': (tx, [firstDay]) =>
    tx.db.presses
      .filter(({ receivedAt }) => day(receivedAt) > String(firstDay))
      .map(({ idKey, contentKey, receivedAt }) => ({
        id_key: idKey,
        content_key: contentKey,
        day: day(receivedAt),
      })),
  'select distinct device_no from message_ids where ahead': (tx, [firstDay]) =>
    [
      ...new Set(
        [...tx.db.messageIds.rows.values()]
          .filter(({ ahead, receivedAt }) => ahead && day(receivedAt) > String(firstDay))
          .map(({ deviceNo }) => deviceNo),
      ),
    ].map((device_no) => ({ device_no })),
  'select device_no, channel, message_id, received_at': (tx, [since, sos, most]) => {
    const found: unknown[] = [];
    for (const row of latest(tx.db.readings.rows)) {
      // What was stored last arrived at most some minutes later than what was stored before it
      if (row.receivedAt <= ms(since) - HORIZON_MS / 7 || found.length >= Number(most)) break;
      if (
        row.receivedAt <= ms(since) ||
        row.messageId === null ||
        row.marks.length > 0 ||
        row.channel === sos
      )
        continue;
      found.push({
        device_no: row.deviceNo,
        channel: row.channel,
        message_id: row.messageId,
        received_at: new Date(row.receivedAt),
        occurred_at: new Date(row.occurredAt),
        body: JSON.parse(row.body) as unknown,
        flags: row.flags,
      });
    }
    return found;
  },
  ingest_registry_homes: (tx, [ids]) =>
    (ids as string[]).flatMap((id) => {
      const home = tx.db.town.homes.get(id);
      return home === undefined ? [] : [{ home: home.registered }];
    }),
  'select no, id from homes where no = any($1)': (tx, [nos]) =>
    (nos as number[]).flatMap((no) => {
      const id = tx.db.town.homeIds[no];
      return id === undefined ? [] : [{ no, id }];
    }),
  ingest_saved_states: (tx, [nos]) =>
    (nos as number[]).flatMap((no) => {
      const saved = tx.db.homeStates.rows.get(no);
      return saved === undefined ? [] : [{ home_no: no, seq: saved.seq, state: saved.state }];
    }),
  ingest_save_states(tx, [rows]) {
    for (const { h, q, w, s } of JSON.parse(String(rows)) as {
      h: number;
      q: number;
      w: number | null;
      s: unknown;
    }[]) {
      const before = tx.db.homeStates.rows.get(h);
      const stale = tx.db.defects.has('snapshot_out_of_date') ? before?.state : undefined;
      if ((before?.seq ?? 0) <= q) tx.put(tx.db.homeStates, h, { seq: q, wakeAt: w, state: stale ?? s });
    }
    return [];
  },
  'select h.id, s.wake_at from home_states': (tx) =>
    [...tx.db.homeStates.rows].flatMap(([no, { wakeAt }]) =>
      wakeAt === null ? [] : [{ id: tx.db.town.homeIds[Number(no)], wake_at: new Date(wakeAt) }],
    ),
  'select from_at, to_at, partitions from outages': (tx, [since]) =>
    [...tx.db.outages.rows.values()]
      .filter(([, to]) => to.getTime() > ms(since))
      .map(([from_at, to_at]) => ({ from_at, to_at, partitions: null })),
  'select greatest((select max(received_at)': (tx, [since, after]) => {
    const times = [
      ...tailOf(tx.db.readings.rows, Number(after), Infinity).map(({ receivedAt }) => receivedAt),
      ...tailOf(tx.db.homeLog.rows, Number(after), Infinity).map(({ at }) => at),
    ].filter((at) => at > ms(since));
    return [{ at: times.length === 0 ? null : new Date(Math.max(...times)) }];
  },
  'insert into outages': (tx, [from, to]) => {
    tx.put(tx.db.outages, tx.db.next('outages'), [from as Date, to as Date]);
    return [];
  },
  ingest_heartbeat(tx, [epoch, now, checkpoint]) {
    const { db } = tx;
    if (db.epoch.epoch !== epoch) return [];
    db.epoch = {
      ...db.epoch,
      aliveAt: ms(now),
      checkpointSeq: Math.max(db.epoch.checkpointSeq, Number(checkpoint)),
    };
    return [];
  },
  ingest_waiting_inputs: (tx, [after, most]) =>
    tx
      .pick(tx.db.inputs, tx.db.waitingInputs, ({ id, seq }) => seq === null && id > Number(after))
      .toSorted((a, b) => a.id - b.id)
      .slice(0, Number(most))
      .map(({ id, homeId, kind, body }) => ({ id, home_id: homeId, kind, body })),
  'delete from home_log': () => [],
  'select street, from_at, begins_at': (tx, [since]) =>
    [...tx.db.streetOutages.rows.values()]
      .filter(({ endsAt }) => endsAt === null || endsAt.getTime() > ms(since))
      .toSorted((a, b) => a.beginsAt.getTime() - b.beginsAt.getTime())
      .map((row) => ({
        street: row.street,
        from_at: row.fromAt,
        begins_at: row.beginsAt,
        ends_at: row.endsAt,
        homes: row.homes,
      })),
  'insert into street_outages': (tx, [street, fromAt, beginsAt, homes]) => {
    tx.put(tx.db.streetOutages, tx.db.next('street_outages'), {
      street: String(street),
      fromAt: fromAt as Date,
      beginsAt: beginsAt as Date,
      endsAt: null,
      homes: Number(homes),
    });
    return [];
  },
  'update street_outages': (tx, [street, homes, endsAt]) => {
    for (const [no, row] of tx.db.streetOutages.rows)
      if (row.street === street && row.endsAt === null)
        tx.put(tx.db.streetOutages, no, {
          ...row,
          homes: Math.max(row.homes, Number(homes)),
          endsAt: endsAt as Date | null,
        });
    return [];
  },
  'select ingest_fence($1)': (tx, [epoch]) => {
    fence(tx.db, Number(epoch));
    tx.lock('ingest fence', true);
    return [];
  },
  'select pg_advisory_xact_lock($1)': (tx) => {
    tx.lock('ingest fence');
    return [];
  },
  'select pg_terminate_backend': () => [],
  'select 1 from readings r where home_no': (tx, [, , , seq]) =>
    tx.db.readings.rows.has(Number(seq)) ? [{ found: 1 }] : [],
  'select 1 from home_log where seq': (tx, [seq]) =>
    tx.db.homeLog.rows.has(Number(seq)) ? [{ found: 1 }] : [],
  'select 1 from home_inputs': (tx, [id, seq]) =>
    tx.db.inputs.rows.get(Number(id))?.seq === seq ? [{ found: 1 }] : [],
  'select 1 from dead_letters': (tx, [receivedAt]) =>
    [...tx.db.deadLetters.rows.values()].some((row) => row.receivedAt === ms(receivedAt))
      ? [{ found: 1 }]
      : [],
  'select id, mapping from codecs': () => [],
  // Not partitioned here: nothing to see to.
  'select from pg_class': () => [],
  'declare tail_readings': () => [],
  'select seq, home_no, kind, at, body::text as body from home_log': (tx, [after, before]) =>
    tailOf(tx.db.homeLog.rows, Number(after), Number(before)).map(({ homeNo, at, ...row }) => ({
      ...row,
      home_no: homeNo,
      at: new Date(at),
    })),
};

/** Another owner has begun since: whoever writes for an older one is refused. */
export function fence(db: MemoryDatabase, epoch: number): void {
  if (db.epoch.epoch !== epoch)
    throw Object.assign(new Error('another ingest has taken over'), { code: 'YLF01' });
}

export function tailRows(db: MemoryDatabase, after: number, before: number): unknown[] {
  return tailOf(db.readings.rows, after, before).map((row) => ({
    seq: row.seq,
    home_no: row.homeNo,
    received_ms: row.receivedAt,
    occurred_ms: row.occurredAt,
    device_id: row.deviceId ?? db.town.deviceIds[row.deviceNo] ?? null,
    channel: row.channel,
    message_id: row.messageId,
    body: row.body,
    flags: row.flags,
    marks: row.marks.length === 0 ? null : [...row.marks],
  }));
}

/** Numbers of one epoch are stored nearly in their order: so far behind the last that fits there is none. */
const NEARLY = 2_000;

function tailOf<R extends { seq: number }>(
  rows: Map<string | number, R>,
  after: number,
  before: number,
): R[] {
  const found: R[] = [];
  let missed = 0;
  for (const row of latest(rows)) {
    if (row.seq > after && row.seq < before) {
      found.push(row);
      missed = 0;
    } else if ((missed += 1) > NEARLY) break;
  }
  return found.reverse();
}
