import type { Published } from '../../devices-sim/measure/conservation.ts';
import type { Injected } from './faults.ts';

export interface SentMessage extends Published {
  /** As sent, to be sent again unchanged. */
  readonly topic: string;
  readonly payload: string;
}

export interface CommandRecord {
  readonly at: number;
  readonly who: string;
  /** Of what: `alert` or `order`. */
  readonly object: 'alert' | 'order';
  readonly id: string;
  readonly verb: string;
  /** undefined: no answer came; it may have been done or not. */
  readonly status: number | undefined;
  readonly caregiverId?: string;
}

/** One listener of the stream, over all its connections. */
export interface StreamRecord {
  readonly who: string;
  /** Number from which on it listened, exclusive; begun anew after a `reset`. */
  from: number;
  seen: number[];
  resets: number;
  connections: number;
  /** Numbers that did not grow. */
  readonly disorder: string[];
}

export interface FaultRecord {
  readonly fault: string;
  readonly detail: string;
  readonly at: number;
  endedAt?: number;
  /** How many workers died of it that had homes for certain; undefined where homes are not shared. */
  readonly settledWorkers: number | undefined;
  /** From its end to the first acknowledgement after it, ms. */
  ackAfterMs?: number;
  /** A kill -9: until the first acknowledgement after it. ms. */
  firstAckMs?: number;
  /** A kill -9 of whoever escalates: until an operator was shown what the service did by itself after it. ms. */
  firstEscalationMs?: number;
}

/** What the dead one had written may still come in. */
const UNDER_WAY_MS = 30;

/** All that was sent, acknowledged, shown, offered and answered, as those outside saw it. */
export class History {
  readonly messages: SentMessage[] = [];
  readonly commands: CommandRecord[] = [];
  readonly streams: StreamRecord[] = [];
  readonly faults: FaultRecord[] = [];
  /** What the service said to the outside that it must not, such as 401 to a live session. */
  readonly oddities: string[] = [];
  readonly statuses = new Map<string, number>();
  reconnections = 0;
  /** Of operators whose stream had ended: how long they were without. */
  readonly streamBackMs: number[] = [];
  /** Number of the last event that was there while everybody still listened. */
  headAtPeace = 0;
  #awaitingAck: FaultRecord[] = [];
  #awaitingEscalation: FaultRecord[] = [];
  #awaitingLife: FaultRecord[] = [];

  acknowledged(message: SentMessage, at: number): void {
    message.acknowledgedAt ??= at;
    this.#awaitingAck = this.#awaitingAck.filter((fault) => {
      if (at - fault.at < UNDER_WAY_MS) return true;
      fault.firstAckMs = at - fault.at;
      return false;
    });
    this.#awaitingLife = this.#awaitingLife.filter((fault) => {
      const afterMs = at - (fault.endedAt ?? Infinity);
      if (afterMs < UNDER_WAY_MS) return true;
      fault.ackAfterMs = afterMs;
      return false;
    });
  }

  /** What was done is undone, or has done its work. */
  over(fault: FaultRecord): void {
    fault.endedAt = Date.now();
    this.#awaitingLife.push(fault);
  }

  /** An operator was shown that the service has told or asked somebody, without being told to. */
  escalated(at: number): void {
    for (const fault of this.#awaitingEscalation) fault.firstEscalationMs = at - fault.at;
    this.#awaitingEscalation = [];
  }

  fault(fault: string, injected: Pick<Injected, 'detail' | 'isKill' | 'killsEscalation' | 'settledWorkers'>) {
    const { detail, isKill = false, killsEscalation = false, settledWorkers } = injected;
    const record: FaultRecord = { fault, detail, settledWorkers, at: Date.now() };
    this.faults.push(record);
    if (isKill) this.#awaitingAck.push(record);
    if (killsEscalation) this.#awaitingEscalation.push(record);
    return record;
  }

  command(record: Omit<CommandRecord, 'at'>): void {
    this.commands.push({ ...record, at: Date.now() });
    const key = `${record.object}.${record.verb} ${record.status ?? 'no answer'}`;
    this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1);
  }
}
