import { decideSignal } from '../../alerts/decide-signal.ts';
import { evolveAll } from '../../alerts/evolve.ts';
import { DEFAULT_POLICY } from '../../alerts/policy.ts';
import type { AlertRecord } from '../../alerts/record.ts';
import type { AlertKind, Priority } from '../../schemas/alert.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Signal } from '../../schemas/signal.ts';
import type { HomeProfile, ResolvedSettings, StreetOutage } from '../detectors/detector.ts';
import type { FoldItem, HomeFold, Outage } from '../home-fold.ts';
import { type HomeState, initialState } from '../home-state.ts';

/** An alert that there would have been. ms since the epoch. */
export interface ReplayedAlert {
  readonly kind: AlertKind;
  readonly priority: Priority;
  readonly openedAt: number;
  readonly occurredAt: number;
  /** What it rests on, in the words of the alert's evidence. */
  readonly because: readonly string[];
  readonly deviceIds: readonly string[];
}

export interface FoldAgainOptions {
  readonly fold: HomeFold;
  /** Take the place of the home's own; the rest stays as it was at the time. */
  readonly settings: Partial<ResolvedSettings>;
  readonly outages: readonly Outage[];
  readonly streets: readonly StreetOutage[];
  /** Nobody was there to end an emergency: it is taken as seen to after so long. */
  readonly settledAfterMs: number;
}

const MOST_BECAUSE = 5;
/** Of firings between two items, against a detector that asks for the next one again and again. */
const MOST_FIRINGS = 10_000;

/**
 * A home's past, folded once more by the detectors as they are, under other settings. Pure: the same items give the same
 * alerts. Alerts open and join by the live rules (`alerts/decide-signal.ts`); what people did to the real ones is not
 * repeated, for they would have had others before them.
 */
export class FoldAgain {
  readonly #options: FoldAgainOptions;
  readonly #open = new Map<string, AlertRecord>();
  readonly #alerts = new Map<string, ReplayedAlert>();
  #state: HomeState;

  constructor(options: FoldAgainOptions) {
    this.#options = options;
    this.#state = initialState(options.fold.detectors);
  }

  get state(): HomeState {
    return this.#state;
  }

  take(item: FoldItem): void {
    // Who resolved what belongs to the alerts that there were
    if (item.kind === 'input' && item.input.kind === 'resolved') return;
    this.moveTo(item.now);
    this.#fold(item.kind === 'profile' ? { ...item, profile: this.#tried(item.profile) } : item);
  }

  /** Time passes: deadlines of detectors and of alerts, in their order. */
  moveTo(now: number): void {
    if (this.#state.profile === null) return;
    for (let firings = 0; firings < MOST_FIRINGS; firings++) {
      const wakeAt = this.#options.fold.wakeAt(this.#state);
      const settleAt = Math.min(...[...this.#open.values()].map((record) => this.#settlesAt(record)));
      const next = Math.min(wakeAt, settleAt);
      if (!(next < now)) return;
      if (settleAt <= wakeAt) this.#settle(settleAt);
      else this.#fold({ kind: 'timer', now: wakeAt });
    }
  }

  /** In the order in which they opened. */
  get alerts(): readonly ReplayedAlert[] {
    return [...this.#alerts.values()];
  }

  #tried(profile: HomeProfile): HomeProfile {
    return { ...profile, settings: { ...profile.settings, ...this.#options.settings } };
  }

  #fold(item: FoldItem): void {
    const { fold, outages, streets } = this.#options;
    const { state, signals } = fold.fold(this.#state, item, outages, streets);
    this.#state = state;
    for (const signal of signals) this.#raise(signal, Math.max(item.now, signal.occurredAt));
  }

  #raise(signal: Signal, now: number): void {
    const { profile } = this.#state;
    const before = this.#open.get(signal.dedupKey);
    const { events } = decideSignal(before, signal, {
      now,
      home: {
        residentId: null,
        canAsk: profile?.canAsk === true,
        ...(profile && { verifyWindowMs: profile.settings.verifyWindowS * 1_000 }),
      },
      policyFor: () => DEFAULT_POLICY,
      newAlertId: `replayed-${this.#alerts.size + 1}`,
      previousAlertId: null,
    });
    if (events.length > 0) this.#keep(evolveAll(before, events));
  }

  #keep(record: AlertRecord): void {
    const { alert } = record;
    this.#alerts.set(alert.id, {
      kind: alert.kind,
      priority: alert.priority,
      openedAt: Date.parse(alert.openedAt),
      occurredAt: Date.parse(alert.occurredAt),
      because: [...new Set(alert.evidence.map(({ text }) => text))].slice(0, MOST_BECAUSE),
      deviceIds: alert.deviceIds,
    });
    if (alert.state === 'resolved') this.#open.delete(alert.dedupKey);
    else this.#open.set(alert.dedupKey, record);
  }

  #settlesAt({ alert }: AlertRecord): number {
    if (alert.state === 'pending' && alert.deadlineAt !== null) return Date.parse(alert.deadlineAt);
    // Work for a technician ends when its reason does
    return alert.priority <= 2 ? Date.parse(alert.openedAt) + this.#options.settledAfterMs : Infinity;
  }

  /** What is due by then: a question that nobody has answered, or an alert that somebody would have seen to. */
  #settle(now: number): void {
    const at = toIso(now);
    const due = [...this.#open.values()].filter((record) => this.#settlesAt(record) <= now);
    for (const record of due) {
      const { alert } = record;
      if (alert.state === 'pending') {
        const deadlineAt = toIso(now + this.#options.settledAfterMs);
        this.#keep(
          evolveAll(record, [
            { type: 'verified', at, verdict: 'silence', priority: 1, since: at, deadlineAt },
          ]),
        );
        continue;
      }
      this.#open.delete(alert.dedupKey);
      const { dedupKey, id: alertId } = alert;
      this.#fold({
        kind: 'input',
        input: { kind: 'resolved', dedupKey, alertId, disposition: 'assisted', at: now },
        now,
      });
    }
  }
}
