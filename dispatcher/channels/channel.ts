import type { AmbulanceSheet } from '../../schemas/ambulance-sheet.ts';

/** What is told, as every channel gets it. The same `id` is the same notice, however often it is handed over. */
export interface Notice {
  id: string;
  /** null: of an order without an alert. */
  alertId: string | null;
  homeId: string;
  street: string;
  kind: string;
  priority: number;
  target: NoticeTarget;
  step: string;
  attempt: number;
  /** ISO 8601: when it was decided. */
  at: string;
  text: { zh: string; en: string };
  /** In the order in which they are to be called; empty where the receiver knows whom to tell. */
  recipients: readonly Recipient[];
  /** With `caregiver`: what is offered. */
  offer?: OfferFacts;
  /** With `supervisor`, where it is about somebody who works alone. */
  overdue?: OverdueFacts;
  /** With `120`, to a channel that hands it on: what the ambulance service needs to know. */
  sheet?: AmbulanceSheet;
}
export interface OfferFacts {
  orderId: string;
  offerId: string;
  caregiverId: string;
  service: string;
  /** ISO 8601. */
  expiresAt: string;
  /** It was offered, or theirs, and is so no longer: there is nothing to press. */
  withdrawn?: true;
}
/** Somebody on a visit is not heard of. */
export interface OverdueFacts {
  orderId: string;
  caregiverId: string | null;
  /** ISO 8601: when the word was due. */
  since: string;
  /** How many were missed. */
  times: number;
}
export interface Recipient {
  name: string;
  phone: string | null;
  relation: string | null;
}
export const NOTICE_TARGETS = ['contacts', 'supervisor', '120', 'caregiver'] as const;
export type NoticeTarget = (typeof NOTICE_TARGETS)[number];

export type Sent =
  | { ok: true }
  /** `retry: false`: trying again would not mend it. */
  | { ok: false; error: string; retry: boolean };

/**
 * A way to people. It never throws and never waits long; what it is given twice it tells once, or hands on under the
 * same id so that the receiver can.
 */
export interface Channel {
  readonly name: string;
  /** Whom it can reach; absent: everybody. */
  serves?(target: NoticeTarget): boolean;
  /** It reaches the ambulance service: it is given the sheet, and what it was given is kept. */
  readonly carriesSheets?: boolean;
  send(notice: Notice): Promise<Sent>;
}
