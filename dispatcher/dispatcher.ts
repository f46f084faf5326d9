import { randomUUID } from 'node:crypto';
import type { PublishedEvent } from '../alerts/outbox.ts';
import type { Clock } from '../platform/clock.ts';
import { type Listener, listen, type Pool } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Alert } from '../schemas/alert.ts';
import type { AmbulanceSheet } from '../schemas/ambulance-sheet.ts';
import type { Order } from '../schemas/order.ts';
import { alarmMetrics } from './alarm-metrics.ts';
import { readSheet } from './ambulance/read-sheet.ts';
import { writeRecord } from './ambulance/records.ts';
import type { Attendance } from './attendance/attendance.ts';
import type { Channel, NoticeTarget, Recipient } from './channels/channel.ts';
import { Courier } from './channels/courier.ts';
import { createReceipts, type Receipt, type Receipted } from './channels/receipts.ts';
import { createAlertCommands } from './engine/alert-commands.ts';
import { AUDIT_EVERY_MS, Auditor } from './engine/auditor.ts';
import { DeadlineClock } from './engine/deadline-clock.ts';
import { type Committed, Engine, type EngineDeps } from './engine/engine.ts';
import { type Preview, type PreviewAsked, previewEscalation } from './engine/preview.ts';
import type { AlertQueries, OrderQueries } from './http/query-ports.ts';
import { sealOldComments } from './rating/seal-comments.ts';
import { TECHNICAL_KINDS } from './http/scope.ts';
import { MEASURE_OFFERS_EVERY_MS, offerMetrics } from './offer-metrics.ts';
import { createOrderCommands } from './orders/order-commands.ts';
import {
  alertCommandsWithWords,
  alertQueriesWithWords,
  orderCommandsWithWords,
  orderQueriesWithWords,
} from './personal/sealed-words.ts';
import { sealOldWords } from './personal/seal-old-words.ts';
import type { Words } from './personal/words.ts';
import type { AlertCommands, OrderCommands, OverdueSource, StreamSource } from './ports.ts';
import { createAlertQueries, createOrderQueries } from './queries.ts';
import { BOOK_PLANS_EVERY_MS, bookPlans } from './planning/book-plans.ts';
import { bookRequests } from './planning/book-requests.ts';
import { localMinutes } from './recommendation/local-minute.ts';
import { Recommender } from './recommendation/recommender.ts';
import type { TravelTimes } from './recommendation/travel-times.ts';
import { Relay } from './relay.ts';
import { Stream } from './stream.ts';
import type { TraceExporter } from './tracing/exporter.ts';
import { spansOfAlert, spansOfOrder } from './tracing/spans.ts';
import type { WakeUps } from './wake-ups/wake-ups.ts';

export interface DispatcherDeps {
  pool: Pool;
  /** For LISTEN, on a connection of its own; absent: only this process's wakes and polls. */
  databaseUrl?: string;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  newId: NewId;
  wakeUps: WakeUps;
  /** IANA name: shifts are in its civil time. */
  timeZone: string;
  /** The name out of a caregiver's sealed personal fields. */
  nameOf(personal: Uint8Array): string;
  /** Notes of a visit tell of somebody's health: they are stored sealed. */
  sealNotes(notes: string): Uint8Array;
  openNotes(sealed: Uint8Array): string;
  /** What people write on alarms and orders: sealed before it is stored, opened for whoever may read it. */
  words: Words;
  /** By which people outside the pages are told. */
  channels: readonly Channel[];
  /** Contacts out of a resident's sealed personal fields, in their order. */
  contactsOf(personal: Uint8Array): Recipient[];
  /** Who is at the desks; absent: there is always somebody, and they act. */
  attendance?: Pick<Attendance, 'attended' | 'unanswered'> | undefined;
  /** Where a routing service is configured. */
  travelTimes?: TravelTimes | undefined;
  /** Where a collector is configured. */
  traces?: Pick<TraceExporter, 'emit'> | undefined;
  /** For what is handed to the ambulance service; absent: its gateway is told nothing about the people. */
  sealing?: { seal(content: unknown): Uint8Array; open(sealed: Uint8Array): unknown } | undefined;
  /** Telephone out of a caregiver's sealed personal fields. */
  phoneOf?(personal: Uint8Array): string | null;
  /** Rows of `downlink` were committed; where the broker is in this process. */
  onDownlink?(): void;
}

export interface Dispatcher {
  alerts: { commands: AlertCommands; queries: AlertQueries };
  orders: { commands: OrderCommands; queries: OrderQueries };
  stream: StreamSource;
  /** Alerts were raised and committed: to be called after each such commit. Cheap. */
  wake(): void;
  /** What such a commit has numbered of the outbox itself: instead of `wake`, after the commit. */
  handOn(events: readonly PublishedEvent[]): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** For tests: all that is committed has been relayed, all that is due has been done. */
  settled(): Promise<void>;
  /** What gateways report of notices. */
  receipt(receipt: Receipt): Promise<Receipted>;
  /** What the auditor finds, for the desks. */
  overdue: OverdueSource;
  /** Who would be asked and told. */
  preview(asked: PreviewAsked): Promise<Preview>;
  audit(): ReturnType<Auditor['audit']>;
  /** Regular visits, repairs and requests are booked by themselves each quarter of an hour; at once, for tests. */
  book(): Promise<{ visits: number; requests: number }>;
}

const SWEEP_EVERY_MS = 1_000;
const NOTICES_EVERY_MS = 1_000;

/** Relay, engine, commands and queries, wired. Nothing runs before `start`, nothing after `stop`. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { pool, clock, log, metrics, newId } = deps;
  const serverId = randomUUID();
  const stream = new Stream({ pool, log, words: deps.words });
  const deadlines = new DeadlineClock({ wakeUps: deps.wakeUps, clock, log, metrics });
  const auditor = new Auditor({ pool, clock, log, metrics });
  const local = localMinutes(deps.timeZone);
  const recommender = new Recommender({ local, nameOf: deps.nameOf, travelTimes: deps.travelTimes });
  const { attendance } = deps;
  const published = metrics.counter('yinling_stream_events_total', 'Events numbered by this server', [
    'type',
  ]);
  const measured = alarmMetrics(metrics);
  const offers = offerMetrics(metrics, pool, clock);
  let running = false;
  let booking = false;
  const toBook = new Set<'plans' | 'requests'>();

  const { sealing } = deps;
  const sheets = sealing && {
    read: async (alert: Alert) =>
      readSheet(pool, await deps.words.open(alert), clock.now(), {
        open: sealing.open,
        timeZone: deps.timeZone,
      }),
    keep: (sheet: AmbulanceSheet, noticeId: string) =>
      writeRecord(pool, sheet, { by: 'system', reference: null, noticeId, atMs: clock.now() }, sealing),
  };
  const courier = new Courier({
    ...deps,
    ...(sheets && { sheets }),
    pool,
    clock,
    log,
    metrics,
    personOf: (personal) => ({
      name: deps.nameOf(personal),
      phone: deps.phoneOf?.(personal) ?? null,
      relation: null,
    }),
  });
  const reaching = (target: NoticeTarget): string[] =>
    deps.channels.flatMap(({ name, serves }) => (serves === undefined || serves(target) ? [name] : []));
  const channels = reaching('contacts');
  const offerChannels = reaching('caregiver');
  const engineDeps: EngineDeps = {
    pool,
    clock,
    log,
    metrics,
    newId,
    recommender,
    channels,
    offerChannels,
    local,
    attended: (street) => attendance?.attended(street) ?? true,
    unanswered: (street, sinceMs) => attendance?.unanswered(street, sinceMs),
    onCommitted,
  };
  const engine = new Engine(engineDeps);
  const relay = new Relay({ pool, clock, log, serverId, onPublished });
  const ticks = new Set<Promise<unknown>>();
  let listener: Listener | undefined;
  const cancels = new Map<string, () => void>();

  function onCommitted({ deadlinesMs, prompted, notified }: Committed): void {
    relay.wake();
    if (!running) return;
    for (const atMs of deadlinesMs) deadlines.ask(atMs);
    if (prompted) tellBroker();
    if (notified) deliverSoon();
  }

  function deliverSoon(): void {
    background(courier.deliver(), 'notices not delivered; they wait');
  }

  function tellBroker(): void {
    deps.onDownlink?.();
    background(pool.query("select pg_notify('downlink', '')"), 'broker not told; it polls');
  }

  /** What was raised elsewhere (by ingest, perhaps in another process) comes here with its first event. */
  function onPublished(events: readonly PublishedEvent[]): void {
    stream.publish(events);
    for (const event of events) {
      published.inc({ type: event.type });
      if (event.type === 'order') deps.traces?.emit(spansOfOrder(JSON.parse(event.data) as Order));
      if (event.type !== 'alert') continue;
      const alert = JSON.parse(event.data) as Alert;
      measured(alert);
      deps.traces?.emit(spansOfAlert(alert));
      lookAt(alert);
    }
  }

  const book = async (): Promise<{ visits: number; requests: number }> => ({
    visits: await bookPlans(engineDeps, deps.timeZone, deps.words),
    requests: await bookRequests(engineDeps, deps.timeZone),
  });

  function nextToBook(): 'plans' | 'requests' | undefined {
    if (!running || toBook.size === 0) return undefined;
    const plans = toBook.has('plans');
    toBook.clear();
    return plans ? 'plans' : 'requests';
  }

  /** One at a time; what is called for meanwhile is done after it. */
  function bookSoon(what: 'plans' | 'requests'): void {
    toBook.add(what);
    if (booking || !running) return;
    booking = true;
    const booked = (async () => {
      for (let what = nextToBook(); what !== undefined; what = nextToBook())
        if (what === 'plans') await book();
        else await bookRequests(engineDeps, deps.timeZone);
    })().finally(() => {
      booking = false;
    });
    background(booked, 'not booked; it is tried again');
  }

  function lookAt(alert: Alert): void {
    if (!running) return;
    const bookable = alert.kind === 'service_request' || TECHNICAL_KINDS.includes(alert.kind);
    if (bookable && alert.state === 'open' && alert.orderIds.length === 0) bookSoon('requests');
    if (alert.deadlineAt !== null) deadlines.ask(Date.parse(alert.deadlineAt));
    const unasked = alert.state === 'pending' && !alert.timeline.some((entry) => entry.what === 'asked');
    // Ended by the resident or by a detector: its orders are withdrawn by us.
    const ended = alert.state === 'resolved' && alert.orderIds.length > 0;
    // With nobody to answer there is nothing to wait for.
    if (alert.state === 'open' && alert.priority <= 2 && !engineDeps.attended(alert.street))
      background(engine.sweep(), 'unanswered alert not looked at; the sweeper will');
    if (unasked || ended) background(engine.tick(alert.id), 'alert not looked at; the sweeper will');
  }

  function background(work: Promise<unknown>, otherwise: string): void {
    const tracked = work
      .catch((error: unknown) => log.warn({ err: error }, otherwise))
      .finally(() => ticks.delete(tracked));
    ticks.add(tracked);
  }

  function every(name: string, ms: number, work: () => Promise<unknown>): void {
    const again = (): void => {
      if (!running) return;
      background(
        work().finally(() => {
          if (running) cancels.set(name, clock.setTimer(ms, again));
        }),
        `${name} failed`,
      );
    };
    cancels.set(name, clock.setTimer(ms, again));
  }

  async function settle(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      await relay.settled();
      await engine.sweep();
      await courier.deliver();
      while (ticks.size > 0) await Promise.all(ticks);
    }
    await relay.settled();
    stream.poke();
    await stream.settled();
  }

  const { words } = deps;
  const orderCommands = orderCommandsWithWords(
    words,
    createOrderCommands({
      ...engineDeps,
      sealNotes: deps.sealNotes,
      openNotes: deps.openNotes,
      timeZone: deps.timeZone,
    }),
  );

  return {
    alerts: {
      commands: alertCommandsWithWords(words, createAlertCommands(engineDeps)),
      queries: alertQueriesWithWords(words, createAlertQueries(pool)),
    },
    orders: {
      commands: orderCommands,
      queries: orderQueriesWithWords(words, createOrderQueries(pool, deps.openNotes)),
    },
    stream,
    wake: () => relay.wake(),
    handOn: (events) => relay.handOn(events),
    async start() {
      await stream.start();
      running = true;
      if (deps.databaseUrl !== undefined)
        listener = await listen({
          url: deps.databaseUrl,
          channels: ['outbox', 'stream', 'plans'],
          clock,
          log,
          onNotify(channel, payload) {
            if (channel === 'outbox') relay.wake();
            else if (channel === 'plans') bookSoon('plans');
            else if (payload !== serverId) stream.poke();
          },
          onReconnect() {
            relay.wake();
            stream.poke();
          },
        });
      relay.start();
      background(sealOldComments(pool, deps.sealNotes), 'old comments not sealed; at the next start');
      background(sealOldWords(pool, deps.words), 'old words not sealed; at the next start');
      await deadlines.start(() => engine.sweep());
      every('sweep', SWEEP_EVERY_MS, () => {
        stream.poke();
        return engine.sweep();
      });
      every('notices', NOTICES_EVERY_MS, () => {
        deliverSoon();
        return Promise.resolve();
      });
      every('plans', BOOK_PLANS_EVERY_MS, () => book());
      every('audit', AUDIT_EVERY_MS, () => auditor.audit());
      every('offers', MEASURE_OFFERS_EVERY_MS, offers);
    },
    async stop() {
      running = false;
      for (const cancel of cancels.values()) cancel();
      await deadlines.stop();
      await listener?.close();
      await Promise.all(ticks);
      await relay.stop();
      await stream.settled();
    },
    settled: settle,
    receipt: createReceipts(engineDeps, orderCommands),
    overdue: auditor,
    preview: (asked) =>
      previewEscalation(
        { db: pool, recommender, local, contactsOf: deps.contactsOf, now: () => clock.now() },
        asked,
      ),
    audit: () => auditor.audit(),
    book,
  };
}
