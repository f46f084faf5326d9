import type { z } from 'zod';
import type { Transaction } from '../platform/database.ts';
import type { Alert, AlertKind } from '../schemas/alert.ts';
import type { handTo120Body } from '../schemas/ambulance-sheet.ts';
import type { Channel } from '../schemas/channels.ts';
import type { CodecMapping } from '../schemas/codec-mapping.ts';
import type {
  acceptBody,
  acknowledgeBody,
  arriveBody,
  cancelBody,
  checkInBody,
  completeBody,
  declineBody,
  departBody,
  dispatchBody,
  escalateBody,
  handOverBody,
  noteBody,
  orderBody,
  ratingBody,
  reopenBody,
  replanBody,
  resolveBody,
} from '../schemas/commands.ts';
import type { Order } from '../schemas/order.ts';
import type { ResidentSettings, UserRole } from '../schemas/registry.ts';
import type { UnconfirmedPress } from '../schemas/unconfirmed.ts';
import type { Overdue } from './engine/auditor.ts';

/** Who acts: a logged-in user, already authenticated; scope and role are checked again where the object is known. */
export interface Actor {
  username: string;
  role: UserRole;
  /** Empty: the whole district. */
  streets: readonly string[];
  caregiverId: string | null;
  /** Network address, for the audit log. */
  address: string;
}

/** Expected outcomes are values; faults are thrown. */
export type CommandResult<T> =
  | { ok: true; value: T; changed: boolean }
  /** `conflict` carries the object as it is (HTTP 409); `forbidden` 403; `not_found` 404; `invalid` 400/422. */
  | { ok: false; code: 'conflict' | 'forbidden' | 'not_found' | 'invalid'; detail: string; current?: T };

/** The alert's commands; every one commits alert, event, outbox and audit together (I6). */
export interface AlertCommands {
  acknowledge(id: string, actor: Actor, body: z.infer<typeof acknowledgeBody>): Promise<CommandResult<Alert>>;
  resolve(id: string, actor: Actor, body: z.infer<typeof resolveBody>): Promise<CommandResult<Alert>>;
  escalate(id: string, actor: Actor, body: z.infer<typeof escalateBody>): Promise<CommandResult<Alert>>;
  note(id: string, actor: Actor, body: z.infer<typeof noteBody>): Promise<CommandResult<Alert>>;
  reopen(id: string, actor: Actor, body: z.infer<typeof reopenBody>): Promise<CommandResult<Alert>>;
  /** Makes the order and offers it to the named or the best caregiver. */
  dispatch(id: string, actor: Actor, body: z.infer<typeof dispatchBody>): Promise<CommandResult<Order>>;
  /** 120 has it, by a person's word; `record` keeps what they were told, in the same transaction. */
  handTo120(
    id: string,
    actor: Actor,
    body: z.infer<typeof handTo120Body>,
    record: (tx: Transaction, atMs: number) => Promise<void>,
  ): Promise<CommandResult<Alert>>;
  recommend(id: string): Promise<Recommendation | undefined>;
}

export interface OrderCommands {
  create(actor: Actor, body: z.infer<typeof orderBody>): Promise<CommandResult<Order>>;
  accept(id: string, actor: Actor, body: z.infer<typeof acceptBody>): Promise<CommandResult<Order>>;
  decline(id: string, actor: Actor, body: z.infer<typeof declineBody>): Promise<CommandResult<Order>>;
  depart(id: string, actor: Actor, body: z.infer<typeof departBody>): Promise<CommandResult<Order>>;
  arrive(id: string, actor: Actor, body: z.infer<typeof arriveBody>): Promise<CommandResult<Order>>;
  checkIn(id: string, actor: Actor, body: z.infer<typeof checkInBody>): Promise<CommandResult<Order>>;
  complete(id: string, actor: Actor, body: z.infer<typeof completeBody>): Promise<CommandResult<Order>>;
  handOver(id: string, actor: Actor, body: z.infer<typeof handOverBody>): Promise<CommandResult<Order>>;
  cancel(id: string, actor: Actor, body: z.infer<typeof cancelBody>): Promise<CommandResult<Order>>;
  rate(id: string, actor: Actor, body: z.infer<typeof ratingBody>): Promise<CommandResult<Order>>;
  /** A whole day anew. */
  replan(actor: Actor, body: z.infer<typeof replanBody>): Promise<CommandResult<Replanned>>;
}

export interface Replanned {
  date: string;
  /** Booked on that day and not begun. */
  visits: number;
  moves: {
    orderId: string;
    homeId: string;
    service: string;
    scheduledAt: string;
    /** Who has it; null: nobody. */
    from: string | null;
    /** Who is to be asked; null: nobody can. */
    to: string | null;
    reasons: string[];
    applied: boolean;
  }[];
}

export interface Candidate {
  caregiverId: string;
  name: string;
  role: string;
  stars: number;
  /** Straight-line distance with detour, metres; null if a place is unknown. */
  distanceM: number | null;
  travelMinutes: number | null;
  cost: number;
  /** Short codes with facts, e.g. `on_shift`, `nearest`, `within_15_min`, `skill:nurse`, `stars:5`. */
  reasons: string[];
}
export interface Rejected {
  caregiverId: string;
  name: string;
  role: string;
  /** Every hard constraint it fails, e.g. `off_shift`, `busy_emergency`, `role`, `too_far`, `resting`, `stale_place`. */
  reasons: string[];
}
export interface Recommendation {
  candidates: Candidate[];
  rejected: Rejected[];
  /** Why there is nobody, or nobody good: `nobody_on_shift`, `all_busy`, `outside_circle`, … */
  shortfalls: string[];
}

/** One row of the stream, already numbered and committed. `data` is encoded once for all listeners. */
export interface StreamEvent {
  no: number;
  type: string;
  street: string | null;
  /** JSON text of the event's data. */
  data: string;
}
export interface StreamSource {
  /** Number of the newest event. */
  head(): Promise<number>;
  /** Events after `no`, ascending, at most `limit`; `reset` if they are no longer kept. */
  after(no: number, limit: number): Promise<{ events: StreamEvent[] } | { reset: true }>;
  /** Every event published from now on, in order, without a gap. Returns the way to stop listening. */
  subscribe(listener: (event: StreamEvent) => void): () => void;
}

/** Decodes one sample message by a mapping that is not in force. */
export type TryCodec = (
  id: string,
  mapping: CodecMapping,
  sample: {
    topic: string;
    payload: string;
    device: { kind: string; zone?: string | undefined };
    receivedAt: number;
  },
) => {
  result: 'events' | 'dead_letter' | 'ignored';
  reason?: string;
  events: readonly {
    externalId: string;
    channel: Channel;
    payload: Readonly<Record<string, unknown>>;
    occurredAt: number;
    marks: readonly string[];
  }[];
};

/** An alert that detectors would have raised; times in ms since the epoch. */
export interface ReplayedAlert {
  readonly kind: AlertKind;
  readonly priority: number;
  readonly openedAt: number;
  readonly occurredAt: number;
  readonly because: readonly string[];
  readonly deviceIds: readonly string[];
}
/** A home's past once more, under its settings as they were and under others. */
export interface ReplaySource {
  /** undefined: there is no such home. */
  run(request: { homeId: string; from: number; to: number; settings: ResidentSettings }): Promise<
    | {
        before: readonly ReplayedAlert[];
        tried: readonly ReplayedAlert[];
        both: readonly { before: ReplayedAlert; tried: ReplayedAlert }[];
        added: readonly ReplayedAlert[];
        gone: readonly ReplayedAlert[];
        items: number;
      }
    | undefined
  >;
}

/** What should have happened and has not, as of the last audit. */
export interface OverdueSource {
  current(): readonly Overdue[];
  /** Called after every change. */
  subscribe(listener: () => void): () => void;
}

/** Calls for help that have arrived and are not stored yet, as of now. */
export interface UnconfirmedSource {
  /** The oldest first. */
  current(): readonly UnconfirmedPress[];
  /** Beyond those, known as a number only. */
  more?(): number;
  /** Called after every change. */
  subscribe(listener: () => void): () => void;
  /** Other processes are not heard: presses may wait there. Absent: there are none. */
  unheard?(): boolean;
}
