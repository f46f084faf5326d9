import type { Alert, AlertKind, AlertState, Evidence, Priority } from '../../schemas/alert.ts';
import type { Service } from '../../schemas/channels.ts';
import type { Order, OrderState } from '../../schemas/order.ts';

/** A page of a list. `nextCursor` is opaque; null at the end. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
/** Alert and order lists say from where the stream continues them: the head as it was before the list was read. */
export interface StreamedPage<T> extends Page<T> {
  streamId: string;
}

/** What a list is asked for. An absent member does not narrow; `streets` (the caller's scope) does, even when empty. */
export interface AlertFilter {
  states?: readonly AlertState[];
  kinds?: readonly AlertKind[];
  priorities?: readonly Priority[];
  streets?: readonly string[];
  homeId?: string;
  /** ISO, on `openedAt`: from inclusive, to exclusive. */
  from?: string;
  to?: string;
  cursor?: string;
  /** 1 to 1,000. */
  limit: number;
}

export interface OrderFilter {
  states?: readonly OrderState[];
  services?: readonly Service[];
  streets?: readonly string[];
  homeId?: string;
  alertId?: string;
  /** The one who has it. */
  caregiverId?: string;
  /** Whose arrival, or word from the scene, is missing. */
  overdue?: boolean;
  /** Scope of a caregiver or technician: has it or was ever offered it, or it is one of these services. */
  involving?: { caregiverId: string; orServices: readonly Service[] };
  /** ISO, on `createdAt`: from inclusive, to exclusive. */
  from?: string;
  to?: string;
  cursor?: string;
  limit: number;
}

/** A cursor that cannot be read makes these throw `BadCursor`. Synthetic alerts are in no list (contract.md, *Alerts*). */
export interface AlertQueries {
  list(filter: AlertFilter): Promise<StreamedPage<Alert>>;
  get(id: string): Promise<Alert | undefined>;
  /** With everything that its document leaves out, if that is no more than an answer can hold. */
  whole(id: string): Promise<Alert | undefined>;
  /** Everything that was ever said for and against it, oldest first. */
  evidence(id: string, page: { cursor?: string; limit: number }): Promise<Page<Evidence>>;
}
export interface OrderQueries {
  list(filter: OrderFilter): Promise<StreamedPage<Order>>;
  get(id: string): Promise<Order | undefined>;
}
