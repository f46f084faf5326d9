import type { AnyDetector } from '../../ingest/detectors/detector.ts';
import { checkConservation } from '../../devices-sim/measure/conservation.ts';
import type { Alert } from '../../schemas/alert.ts';
import { KIND_GRAVITY } from '../../schemas/alert.ts';
import { escalates } from '../../alerts/deadlines.ts';
import type { Letters } from './letters.ts';
import type { AlertRow, Change, MemoryDatabase, OfferRow, OrderRow } from './memory-database.ts';
import type { People } from './people.ts';
import { refoldTown } from './refold.ts';
import type { Service } from './service.ts';
import type { VirtualTime } from './virtual-time.ts';

/** So late may be what is due, with the service there all the time: a sweep each second, statements of some ms. */
const GRACE_MS = 6_000;
const LOOK_EVERY_MS = 20_000;
const TAKEN: readonly string[] = ['accepted', 'en_route', 'on_scene'];

/**
 * Holds the invariants against what is committed, at every commit and every few seconds; at the end what was promised
 * against what is there. It has its own idea of everything: no statement and no decision of the service is used, but
 * the fold from nothing.
 */
export class Checker {
  readonly offences: string[] = [];
  /** Step of the first offence. */
  firstStep: number | undefined;
  readonly #db: MemoryDatabase;
  readonly #time: VirtualTime;
  readonly #service: Service;
  readonly #detectors: readonly AnyDetector[];
  looks = 0;
  openings = 0;

  constructor(db: MemoryDatabase, time: VirtualTime, service: Service, detectors: readonly AnyDetector[]) {
    this.#detectors = detectors;
    this.#db = db;
    this.#time = time;
    this.#service = service;
    db.observe((changes) => this.#committed(changes));
  }

  start(): void {
    this.#time.after(LOOK_EVERY_MS, 'the checker looks', () => {
      this.#look();
      this.start();
    });
  }

  #broken(what: string): void {
    this.firstStep ??= this.#time.steps;
    if (this.offences.length < 200) this.offences.push(`${new Date(this.#time.now).toISOString()} ${what}`);
  }

  // — at every commit —

  #committed(changes: readonly Change[]): void {
    const written = new Map<string, number>();
    for (const { table, before, after } of changes)
      if ((table.name === 'outbox' || table.name === 'alert_events') && before === undefined) {
        const row = after as { ref?: string; alertId?: string; version: number };
        const key = `${table.name} ${row.ref ?? row.alertId ?? ''} ${row.version}`;
        written.set(key, (written.get(key) ?? 0) + 1);
      }
    for (const { table, before, after } of changes)
      if (table.name === 'alerts') this.#alert(before as AlertRow | undefined, after as AlertRow, written);
      else if (table.name === 'orders')
        this.#order(before as OrderRow | undefined, after as OrderRow, written);
      else if (table.name === 'offers') this.#offer(before as OfferRow | undefined, after as OfferRow);
  }

  #alert(before: AlertRow | undefined, { doc, work }: AlertRow, written: ReadonlyMap<string, number>): void {
    const { id, version } = doc;
    if (before?.doc.version === version) return;
    if (
      written.get(`outbox ${id} ${version}`) !== 1 &&
      !this.#db.volatileOutbox.some(({ ref }) => ref === id)
    )
      this.#broken(`I6 alert ${id} version ${version} without its outbox row`);
    if (written.get(`alert_events ${id} ${version}`) !== 1)
      this.#broken(`I6 alert ${id} version ${version} without its event`);
    if (version !== (before?.doc.version ?? 0) + 1)
      this.#broken(`alert ${id} goes from ${before?.doc.version} to ${version}`);
    const unresolved = this.#db.unresolved.get(doc.dedupKey)?.size ?? 0;
    if (unresolved > 1) this.#broken(`I5 ${unresolved} unresolved alerts of ${doc.dedupKey}`);
    if (doc.state !== 'resolved' && doc.deadlineAt === null)
      this.#broken(`I6 alert ${id} is ${doc.state} and has no deadline`);
    this.#inTime('I6 alert', id, before?.doc.deadlineAt);
    if (doc.state === 'resolved' && before?.doc.state !== 'resolved') this.#resolved(before?.doc, doc);
    if (before === undefined) return this.#opened(doc, 1);
    if (doc.priority > before.doc.priority)
      this.#broken(`I7 alert ${id} is lowered from ${before.doc.priority} to ${doc.priority}`);
    const gravity = (alert: Alert): number => KIND_GRAVITY.indexOf(alert.kind);
    if (doc.priority === before.doc.priority && gravity(doc) > gravity(before.doc))
      this.#broken(`I7 alert ${id} goes from ${before.doc.kind} to ${doc.kind}`);
    if (work.opening < before.work.opening)
      this.#broken(`I9 alert ${id}: opening ${work.opening} after ${before.work.opening}`);
    if (work.opening !== before.work.opening) return this.#opened(doc, work.opening);
    if (work.step < before.work.step || work.rounds < before.work.rounds)
      this.#broken(`I9 alert ${id} goes back from step ${before.work.step} to ${work.step}`);
    if (JSON.stringify(work.policy) !== JSON.stringify(before.work.policy))
      this.#broken(`I9 alert ${id} has another policy within one opening`);
  }

  /** What was due has been seen to at last: was that in time? */
  #inTime(what: string, id: string, dueAt: string | number | null | undefined): void {
    if (dueAt === null || dueAt === undefined) return;
    const due = Math.max(typeof dueAt === 'string' ? Date.parse(dueAt) : dueAt, this.#service.wellSince);
    if (this.#time.now - due > GRACE_MS)
      this.#broken(`${what} ${id} was due at ${new Date(due).toISOString()} and is seen to only now`);
  }

  /** I7: only people end an emergency; a resident ends a suspected fall. */
  #resolved(before: Alert | undefined, doc: Alert): void {
    if (doc.priority > 2 || doc.resolvedBy?.startsWith('operator-') === true) return;
    const answered =
      doc.disposition === 'resident_ok' && (before === undefined || before.state === 'pending');
    if (!answered) this.#broken(`I7 emergency ${doc.id} ended by ${doc.resolvedBy} as ${doc.disposition}`);
  }

  /** An emergency that nobody answers is followed by the first step of its policy, in its time. */
  #opened({ id, priority }: Alert, opening: number): void {
    const row = this.#db.alerts.rows.get(id);
    const step = row?.work.policy.steps[0];
    if (row === undefined || step === undefined || priority > 2 || !escalates(row.doc, row.work.policy))
      return;
    this.openings += 1;
    const asked = row.doc.state === 'pending' ? 20_000 : 0;
    this.#followed(id, opening, asked + step.afterS * 1_000);
  }

  #followed(id: string, opening: number, withinMs: number): void {
    this.#time.after(withinMs + GRACE_MS, `is ${id} followed`, () => {
      const { doc, work } = this.#db.alerts.rows.get(id) as AlertRow;
      if (work.opening !== opening || doc.state !== 'open') return;
      if (work.step + work.attempts + work.rounds > 0 || doc.orderIds.length > 0) return;
      // A resident's answer, or the end of the question, may have begun the count anew
      const since = Math.max(this.#service.wellSince, Date.parse(work.stepSince));
      if (this.#time.now - since < withinMs + GRACE_MS) return this.#followed(id, opening, withinMs);
      this.#broken(`escalation: nobody was asked about ${id} (${doc.kind}) for ${withinMs + GRACE_MS} ms`);
    });
  }

  #order(before: OrderRow | undefined, { doc }: OrderRow, written: ReadonlyMap<string, number>): void {
    if (before?.doc.version === doc.version) return;
    this.#inTime('order', doc.id, before?.deadlineAt);
    const told = written.get(`outbox ${doc.id} ${doc.version}`);
    if (told !== 1 && !this.#db.volatileOutbox.some(({ ref }) => ref === doc.id))
      this.#broken(`I6 order ${doc.id} version ${doc.version} without its outbox row`);
    if (before !== undefined && doc.version !== before.doc.version + 1)
      this.#broken(`order ${doc.id} goes from ${before.doc.version} to ${doc.version}`);
    for (const said of before?.doc.offers ?? []) {
      const now = doc.offers.find(({ id }) => id === said.id);
      if (said.outcome !== null && now?.outcome !== said.outcome)
        this.#broken(`I11 offer ${said.id} was ${said.outcome} and is ${now?.outcome}`);
    }
    if (doc.state === 'completed' || doc.state === 'cancelled')
      for (const { id, outcome } of doc.offers)
        if (outcome === null) this.#broken(`I11 offer ${id} is open though its order is ${doc.state}`);
    if (!doc.emergency || doc.caregiverId === null || !TAKEN.includes(doc.state)) return;
    let taken = 0;
    for (const id of this.#db.liveOrders) {
      const other = this.#db.orders.rows.get(id)?.doc;
      if (other?.emergency === true && other.caregiverId === doc.caregiverId && TAKEN.includes(other.state))
        taken += 1;
    }
    if (taken > 1) this.#broken(`I11 ${doc.caregiverId} has ${taken} emergencies at once`);
  }

  #offer(before: OfferRow | undefined, after: OfferRow): void {
    if (before !== undefined && before.outcome !== null && before.outcome !== after.outcome)
      this.#broken(`I11 offer ${after.id} ends as ${before.outcome} and as ${after.outcome}`);
    if (!after.emergency || after.outcome !== null) return;
    let open = 0;
    for (const id of this.#db.openOffers) {
      const other = this.#db.offers.rows.get(id);
      if (other?.emergency === true && other.caregiverId === after.caregiverId) open += 1;
    }
    if (open > 1) this.#broken(`I11 ${after.caregiverId} is asked about ${open} emergencies at once`);
  }

  // — every few seconds —

  #look(): void {
    this.#service.look();
    this.looks += 1;
    const { now } = this.#time;
    if (now - this.#service.wellSince < GRACE_MS) return;
    const late = now - GRACE_MS;
    const db = this.#db;
    for (const id of db.openAlerts) {
      const doc = db.alerts.rows.get(id)?.doc;
      if (doc?.deadlineAt != null && Date.parse(doc.deadlineAt) < late)
        this.#broken(`I6 alert ${id} (${doc.state}, ${doc.kind}) is overdue since ${doc.deadlineAt}`);
    }
    for (const id of db.openOffers) {
      const offer = db.offers.rows.get(id);
      if (offer !== undefined && offer.expiresAt < late)
        this.#broken(`I11 offer ${id} has outlived its time`);
    }
    for (const id of db.unnumbered)
      if ((db.outbox.rows.get(id)?.createdAt ?? Infinity) < late)
        this.#broken(`outbox row ${id} is not told`);
    for (const id of db.waitingInputs)
      if (db.inputs.rows.get(id)?.seq === null && this.#waitsSince(id) < late)
        this.#broken(`input ${id} is not folded`);
  }

  readonly #inputs = new Map<number, number>();
  #waitsSince(id: number): number {
    const since = this.#inputs.get(id) ?? this.#time.now;
    this.#inputs.set(id, since);
    return Math.max(since, this.#service.wellSince);
  }

  // — at the end —

  finish(
    letters: Letters,
    people: People,
    peaceAt: number,
  ): { refolded: number; signals: number; readings: number } {
    const db = this.#db;
    for (const line of [...this.#service.oddities, ...people.disorder]) this.#broken(line);
    const stored = [...db.readings.rows.values()].flatMap(({ deviceNo, messageId }) =>
      messageId === null ? [] : [{ deviceId: db.town.deviceIds[deviceNo] ?? '', messageId }],
    );
    const evidence: { alertId: string; deviceId: string | null; messageId: string }[] = [];
    for (const { alertId, events } of db.alertEvents.rows.values())
      for (const event of events)
        if (event.type === 'joined')
          for (const { kind, deviceId, messageId } of event.evidence)
            if (kind === 'press') evidence.push({ alertId, deviceId, messageId: messageId ?? '' });
    const books = checkConservation(letters.sent, stored, evidence, 0);
    for (const { what, deviceId, messageId, detail } of books.offences)
      this.#broken(`I1 I2 ${what}: ${deviceId} ${messageId} ${detail}`);
    if (books.unacknowledged > 0)
      this.#broken(`I10 ${books.unacknowledged} messages are not acknowledged in peace`);
    this.#told(people, peaceAt);
    this.#kept(people);
    for (const { id, outcome } of db.offers.rows.values()) {
      const said = [...db.orders.rows.values()].length > 0 ? this.#said.get(id) : undefined;
      if (said !== undefined && said !== outcome)
        this.#broken(`I11 order and offer ${id} disagree: ${said}, ${outcome}`);
    }
    const refold = refoldTown(db, this.#time.now, this.#detectors);
    for (const line of refold.different) this.#broken(line);
    return { refolded: refold.items, signals: refold.signals, readings: stored.length };
  }

  /** Everything committed is on the stream, once, and everybody who follows it has seen it; every notice is at its end. */
  #told(people: People, peaceAt: number): void {
    const db = this.#db;
    if (db.unnumbered.size > 0) this.#broken(`${db.unnumbered.size} changes are not on the stream`);
    if (people.seen !== db.streamHead)
      this.#broken(`the stream is seen up to ${people.seen}, not to ${db.streamHead}`);
    const told = new Map<string, number>();
    for (const { ref, version } of db.outbox.rows.values())
      told.set(`${ref} ${version}`, (told.get(`${ref} ${version}`) ?? 0) + 1);
    const expect = (ref: string, versions: number): void => {
      for (let version = 1; version <= versions; version += 1)
        if (told.get(`${ref} ${version}`) !== 1)
          this.#broken(`I6 ${ref} version ${version} is told ${told.get(`${ref} ${version}`) ?? 0} times`);
    };
    for (const { doc } of db.alerts.rows.values()) {
      expect(doc.id, doc.version);
      for (let version = 1; version <= doc.version; version += 1)
        if (!db.alertEvents.rows.has(`${doc.id} ${version}`))
          this.#broken(`I6 alert ${doc.id} has no event ${version}`);
      // Devices say nothing in peace, and are missed after a while
      if (doc.state !== 'resolved' && Date.parse(doc.openedAt) < peaceAt)
        this.#broken(`alert ${doc.id} (${doc.state}) is not ended in peace`);
    }
    for (const { doc } of db.orders.rows.values()) {
      expect(doc.id, doc.version);
      for (const { id, outcome } of doc.offers) this.#said.set(id, outcome);
    }
    for (const { id, state } of db.notices.rows.values()) {
      if (state === 'waiting') this.#broken(`notice ${id} still waits in peace`);
      if (state === 'delivered' && !this.#service.told.has(id))
        this.#broken(`notice ${id} was not told to anybody`);
    }
  }
  readonly #said = new Map<string, string | null>();

  /** What was answered with yes has happened, under the name of who did it. */
  #kept({ promised }: People): void {
    const db = this.#db;
    const happened = new Set<string>();
    for (const { alertId, events } of db.alertEvents.rows.values())
      for (const event of events) if ('by' in event) happened.add(`${alertId} ${event.type} ${event.by}`);
    for (const { what, id, by } of promised) {
      const type = EVENT_OF[what];
      if (type !== undefined && !happened.has(`${id} ${type} ${by}`))
        this.#broken(`answered with yes and gone: ${by} ${what} ${id}`);
      const order = db.orders.rows.get(id)?.doc;
      const ended = (outcome: string): boolean =>
        order?.offers.some((offer) => offer.caregiverId === by && offer.outcome === outcome) === true;
      if (what === 'accept' && !ended('accepted'))
        this.#broken(`answered with yes and gone: ${by} accepts ${id}`);
      if (what === 'decline' && !ended('declined'))
        this.#broken(`answered with yes and gone: ${by} declines ${id}`);
      if (what === 'complete' && (order?.state !== 'completed' || !db.visits.rows.has(id)))
        this.#broken(`answered with yes and gone: ${by} completes ${id}`);
    }
  }
}

const EVENT_OF: Readonly<Record<string, string>> = {
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  note: 'noted',
  escalate: 'escalated',
};
