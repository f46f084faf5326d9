import { hash } from 'node:crypto';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import type { InboundMessage, Outcome } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import type { DeadLetter } from '../decode/decode.ts';
import type { HomeInput, StreetOutage } from '../detectors/detector.ts';
import type { Fault, FoldItem, HomeFold, Outage } from '../home-fold.ts';
import { profileAt } from '../home-profile.ts';
import { type HomeState, profileToJson } from '../home-state.ts';
import type { Rows } from '../store/batch-script.ts';
import {
  type DeadLetterRow,
  flagsOf,
  type HomeLogRow,
  madeMessageId,
  type MessageIdRow,
  type ReadingRow,
} from '../store/rows.ts';
import type { Claim, Home, InputWork, TimerWork, Work } from './home.ts';
import type { Prepared, PreparedItem } from './prepare.ts';

export interface UnitContext {
  readonly fold: HomeFold;
  readonly nextSeq: () => number;
  readonly outagesOf: (partition: number) => readonly Outage[];
  readonly streets: readonly StreetOutage[];
}

/** What a claim comes to: rows and signals to commit together, and what the home will be once they are. */
export interface Unit extends Rows {
  readonly claim: Claim;
  readonly signals: readonly Signal[];
  /** The work, by its place in the claim, that a signal came from; -1: none. */
  readonly signalOf: readonly number[];
  readonly outcomes: readonly (Outcome | undefined)[];
  readonly next: HomeNext | undefined;
  readonly remember: readonly PreparedItem[];
  readonly faults: readonly Fault[];
  readonly tally: Tally;
  /** Lowest seq used; Infinity: none. */
  readonly firstSeq: number;
}
export interface HomeNext {
  readonly state: HomeState;
  readonly told: Home['told'];
  readonly seq: number;
  readonly firedUntil: number;
  readonly wakeAt: number;
}
export interface Tally {
  messages: number;
  readings: number;
  deadLetters: number;
  duplicates: number;
  ignored: number;
  /** Readings beyond the first of one message (codecs). */
  extra: number;
  idConflicts: number;
}

export const storesNothing = (unit: Unit): boolean =>
  unit.readings.length === 0 &&
  unit.deadLetters.length === 0 &&
  unit.log.length === 0 &&
  unit.inputs.length === 0 &&
  unit.signals.length === 0;

/** `prepared`: the claim's messages, in its order. */
export function buildUnit(claim: Claim, prepared: readonly Prepared[], context: UnitContext): Unit {
  const builder = new UnitBuilder(claim, context);
  let next = 0;
  claim.works.forEach((work, place) => {
    if (work.kind === 'message') {
      const one = prepared[next++];
      if (one) builder.message(one, place);
    } else if (work.kind === 'timer') builder.timer(work);
    else builder.input(work);
  });
  return builder.finish();
}

/** What most units have none of costs them nothing: one per message and home is made. */
const NONE: never[] = [];
const added = <T>(list: readonly T[], item: T): T[] => {
  if (list === NONE) return [item];
  (list as T[]).push(item);
  return list as T[];
};

class UnitBuilder {
  readings: readonly ReadingRow[] = NONE;
  messageIds: readonly MessageIdRow[] = NONE;
  deadLetters: readonly DeadLetterRow[] = NONE;
  log: readonly HomeLogRow[] = NONE;
  inputs: readonly [number, number][] = NONE;
  signals: readonly Signal[] = NONE;
  signalOf: readonly number[] = NONE;
  readonly outcomes: (Outcome | undefined)[];
  remember: readonly PreparedItem[] = NONE;
  faults: readonly Fault[] = NONE;
  readonly tally: Tally = {
    messages: 0,
    readings: 0,
    deadLetters: 0,
    duplicates: 0,
    ignored: 0,
    extra: 0,
    idConflicts: 0,
  };
  readonly #claim: Claim;
  readonly #context: UnitContext;
  readonly #home: Home | null;
  readonly #outages: readonly Outage[];
  #state: HomeState | undefined;
  #told: Home['told'];
  #seq: number;
  #firedUntil: number;
  #wakeAt = Infinity;
  #firstSeq = Infinity;

  constructor(claim: Claim, context: UnitContext) {
    this.#claim = claim;
    this.#context = context;
    this.#home = claim.home;
    this.#outages = claim.home ? context.outagesOf(claim.home.partition) : NONE;
    this.#state = claim.home?.state;
    this.#told = claim.home?.told;
    this.#seq = claim.home?.seq ?? 0;
    this.#firedUntil = claim.home?.firedUntil ?? 0;
    this.#wakeAt = this.#state ? context.fold.wakeAt(this.#state) : Infinity;
    this.outcomes = Array.from({ length: claim.works.length });
  }

  message({ work, decoded, items }: Prepared, place: number): void {
    const { message } = work;
    this.tally.messages += 1;
    if (decoded.result === 'ignored') {
      this.tally.ignored += 1;
      this.outcomes[place] = { result: 'ignored', reason: decoded.reason };
      return;
    }
    if (decoded.result === 'dead_letter') {
      const { reason, detail } = decoded.letter;
      this.tally.deadLetters += 1;
      this.#letter(message, decoded.letter);
      this.outcomes[place] = { result: 'dead_letter', reason, ...(detail !== '' && { detail }) };
      return;
    }
    if (decoded.note) this.#letter(message, decoded.note);
    let stored: string | undefined;
    for (const prepared of items) {
      if (this.#isKnown(prepared)) continue;
      const messageId = this.#event(prepared, place);
      if (stored === undefined) this.tally.readings += 1;
      else this.tally.extra += 1;
      stored ??= messageId;
    }
    if (stored === undefined) {
      this.tally.duplicates += 1;
      this.outcomes[place] = { result: 'duplicate', messageId: items[0]?.item.event.messageId ?? '' };
    } else this.outcomes[place] = { result: 'reading', messageId: stored };
  }

  /** Time alone. Nothing is stored unless something comes of it: the next event would have moved time as well. */
  timer({ now }: TimerWork): void {
    if (!this.#home?.entry || !this.#state) return;
    this.#tell(now);
    const before = this.#state;
    const { fold, streets } = this.#context;
    const result = fold.fold(before, { kind: 'timer', now }, this.#outages, streets);
    if (result.signals.length > 0) {
      this.#fired(now);
      return;
    }
    for (const fault of result.faults) this.faults = added(this.faults, fault);
    this.#state = { ...result.state, now: before.now };
    this.#firedUntil = Math.max(this.#firedUntil, now);
    this.#wakeAt = result.wakeAt;
  }

  input({ id, what, body, now }: InputWork): void {
    const input = inputOf(what, body, now);
    if (this.#home?.entry && this.#state) {
      this.#tell(now);
      if (input) {
        this.#catchUp(now);
        const seq = this.#log('input', now, input);
        this.#fold({ kind: 'input', input, now }, -1);
        this.inputs = added(this.inputs, [id, seq]);
        return;
      }
    }
    // What has changed is in the profile, or concerns nobody: consumed.
    this.inputs = added(this.inputs, [id, this.#nextSeq()]);
  }

  finish(): Unit {
    const { readings, messageIds, deadLetters, log, inputs, signals, signalOf } = this;
    const next = this.#state && {
      state: this.#state,
      told: this.#told,
      seq: this.#seq,
      firedUntil: this.#firedUntil,
      wakeAt: this.#wakeAt,
    };
    return {
      claim: this.#claim,
      readings,
      messageIds,
      deadLetters,
      log,
      inputs,
      signals,
      signalOf,
      next,
      outcomes: this.outcomes,
      remember: this.remember,
      faults: this.faults,
      tally: this.tally,
      firstSeq: this.#firstSeq,
    };
  }

  #isKnown(prepared: PreparedItem): boolean {
    if (prepared.idKey === 0) return false;
    if (prepared.known === 'same') return true;
    const { idKey, contentKey } = prepared;
    for (const other of this.remember)
      if (other.idKey === idKey) {
        if (other.contentKey === contentKey) return true;
        if (prepared.item.event.channel === 'sos') prepared.known = 'conflict';
      }
    return false;
  }

  #event(prepared: PreparedItem, place: number): string {
    const { item, idKey, contentKey } = prepared;
    const { event } = item;
    const home = this.#home;
    if (!home?.entry || !this.#state) throw new Error('a device event without a home');
    this.#tell(event.receivedAt);
    this.#catchUp(event.receivedAt);
    const seq = this.#nextSeq();
    const messageId = idKey === 0 ? null : event.messageId;
    event.messageId = messageId ?? madeMessageId(seq);
    if (prepared.known === 'conflict' && !event.marks.includes('id_conflict')) {
      event.marks = [...event.marks, 'id_conflict'];
      this.tally.idConflicts += 1;
    }
    const { homeNo } = home.entry;
    this.readings = added(this.readings, {
      receivedAt: event.receivedAt,
      occurredAt: event.occurredAt,
      seq,
      homeNo,
      deviceNo: item.deviceNo,
      deviceId: item.deviceNo === 0 ? event.deviceId : null,
      channel: CHANNEL_NUMBER[event.channel],
      messageId,
      body: item.body,
      flags: flagsOf(event.clock, event.will === true),
      marks: event.marks,
    });
    if (idKey !== 0) {
      this.remember = added(this.remember, prepared);
      const press = event.channel === 'sos';
      // A reading that bears the device's own time is found again by it; only others leave their key.
      const ahead = event.clock === 'ahead';
      if (press || ahead || item.statedAt === undefined)
        this.messageIds = added(this.messageIds, {
          receivedAt: event.receivedAt,
          deviceNo: item.deviceNo,
          idKey,
          contentKey,
          press,
          ahead,
        });
    }
    this.#fold({ kind: 'event', event, now: event.receivedAt }, place);
    return event.messageId;
  }

  /** The registry's idea of the home, in order with everything else, so that a refold has it at the same place (I4). */
  #tell(now: number): void {
    const entry = this.#home?.entry;
    if (!entry || !this.#state) return;
    const profile = profileAt(entry.profile, now);
    if (profile === this.#told) return;
    this.#told = profile;
    const was = this.#state.profile;
    const text = JSON.stringify(profileToJson(profile));
    if (was && JSON.stringify(profileToJson(was)) === text) {
      // One object for both: the state costs no profile of its own
      this.#state = { ...this.#state, profile };
      return;
    }
    this.#catchUp(now);
    const seq = this.#nextSeq();
    this.log = added(this.log, { seq, homeNo: entry.homeNo, kind: 'profile', at: now, body: text });
    this.#fold({ kind: 'profile', profile, now }, -1);
  }

  /** Something is folded that came before the last firing (it waited, or the clock was set back): then the firing counts. */
  #catchUp(now: number): void {
    if (now < this.#firedUntil) this.#fired(this.#firedUntil);
  }

  #fired(at: number): void {
    this.#log('timer', at, {});
    this.#fold({ kind: 'timer', now: at }, -1);
    this.#firedUntil = 0;
  }

  #log(kind: HomeLogRow['kind'], at: number, body: unknown): number {
    const seq = this.#nextSeq();
    const homeNo = this.#home?.entry?.homeNo ?? 0;
    this.log = added(this.log, { seq, homeNo, kind, at, body: JSON.stringify(body) });
    return seq;
  }

  #fold(item: FoldItem, place: number): void {
    if (!this.#state) return;
    const { fold, streets } = this.#context;
    const { state, signals, wakeAt, faults } = fold.fold(this.#state, item, this.#outages, streets);
    this.#state = state;
    this.#wakeAt = wakeAt;
    this.#firedUntil = 0;
    for (const signal of signals) {
      this.signals = added(this.signals, signal);
      this.signalOf = added(this.signalOf, place);
    }
    for (const fault of faults) this.faults = added(this.faults, fault);
  }

  #nextSeq(): number {
    const seq = this.#context.nextSeq();
    if (seq < this.#firstSeq) this.#firstSeq = seq;
    this.#seq = seq;
    return seq;
  }

  #letter(message: InboundMessage, letter: DeadLetter): void {
    this.deadLetters = added(this.deadLetters, letterRow(message, letter));
  }
}

const MAX_TEXT = 1024;
const storable = (text: string): string => text.slice(0, MAX_TEXT).replaceAll('\0', '').toWellFormed();

function letterRow(message: InboundMessage, letter: DeadLetter): DeadLetterRow {
  const payload = message.payload ?? new Uint8Array();
  return {
    receivedAt: message.receivedAt,
    reason: letter.reason,
    detail: storable(letter.detail),
    credential: storable(message.principal.id),
    homeId: letter.homeId === undefined ? null : storable(letter.homeId),
    deviceId: letter.deviceId === undefined ? null : storable(letter.deviceId),
    topic: storable(message.topic),
    size: Math.min(message.size, 2 ** 31 - 1),
    sha256: message.sha256 ?? hash('sha256', payload, 'buffer'),
    body: letter.keepBody ? payload : null,
  };
}

function inputOf(what: string, body: Record<string, unknown>, now: number): HomeInput | undefined {
  if (what !== 'resolved') return undefined;
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
  return {
    kind: 'resolved',
    dedupKey: text('dedupKey'),
    alertId: text('alertId'),
    disposition: text('disposition'),
    at: typeof body['at'] === 'number' ? body['at'] : now,
  };
}

export const isMessage = (work: Work): work is Extract<Work, { kind: 'message' }> => work.kind === 'message';
