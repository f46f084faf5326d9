import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import type {
  CaregiverRole,
  DeviceKind,
  Mode,
  ResidentSettings,
  UserRole,
  Wishes,
} from '../../schemas/registry.ts';
import type { Protocol } from './protocol.ts';
import type { Channel, Service } from '../../schemas/channels.ts';
import type {
  PolicyStep,
  AlertKind,
  AlertState,
  Disposition,
  Evidence,
  Priority,
  TimelineEntry,
} from '../../schemas/alert.ts';
import type { Offer, OrderState } from '../../schemas/order.ts';

/**
 * What the console reads from `/api/v1`. Optional fields are truly optional: the console shows what it is given
 * and never assumes more, so that a field missing for a role (personal data) costs a line, not a page.
 */
export type {
  Alert,
  AlertKind,
  AlertState,
  CaregiverRole,
  Channel,
  DeviceKind,
  Disposition,
  Evidence,
  Mode,
  Offer,
  Order,
  OrderState,
  PolicyStep,
  Priority,
  ResidentSettings,
  Service,
  TimelineEntry,
  UserRole,
  Wishes,
};

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  streamId?: string | number;
}
export interface User {
  username: string;
  role: UserRole;
  streets?: string[];
  caregiverId?: string | null;
}
export interface Home {
  id: string;
  street: string;
  community?: string | null;
  address?: string | null;
  lat?: number | null;
  lon?: number | null;
  accessNotes?: string | null;
  /** Caregivers with a key. */
  keyHolders?: string[] | null;
  version?: number;
}
export interface Contact {
  name: string;
  relation?: string | null;
  phone?: string | null;
  keyHolder?: boolean | null;
}
export interface Resident {
  id: string;
  homeId: string;
  name: string;
  birthDate?: string | null;
  gender?: string | null;
  phone?: string | null;
  languages?: string[] | null;
  careLevel?: number | null;
  conditions?: string[] | null;
  medications?: string[] | null;
  allergies?: string[] | null;
  spo2Scale?: number | null;
  contacts?: Contact[] | null;
  mode?: Mode | null;
  modeUntil?: string | null;
  settings?: ResidentSettings | null;
  wishes?: Wishes | null;
  consents?: { kind: string; date: string }[] | null;
  version?: number;
}
export interface Device {
  id: string;
  homeId: string;
  kind: DeviceKind;
  zone?: string | null;
  codec?: string | null;
  externalId?: string | null;
  /** Health, where the service tells it; otherwise read off the home's last readings. */
  online?: boolean | null;
  lastSeenAt?: string | null;
  battery?: number | null;
  rssiDbm?: number | null;
}
export interface Caregiver {
  id: string;
  name: string;
  role: CaregiverRole;
  skills?: string[] | null;
  stars?: number | null;
  languages?: string[] | null;
  phone?: string | null;
  postId?: string | null;
  provider?: string | null;
  lat?: number | null;
  lon?: number | null;
  version?: number;
}
/** Same shape as dispatcher/ports.ts; copied, because the console knows the dispatcher only through HTTP. */
export interface Candidate {
  caregiverId: string;
  name: string;
  role: string;
  stars: number;
  distanceM: number | null;
  travelMinutes: number | null;
  cost: number;
  reasons: string[];
}
export interface Rejected {
  caregiverId: string;
  name: string;
  role: string;
  reasons: string[];
}
export interface Recommendation {
  candidates: Candidate[];
  rejected: Rejected[];
  shortfalls: string[];
}
export interface Reading {
  messageId: string | null;
  deviceId: string;
  channel: Channel;
  occurredAt: string;
  receivedAt: string;
  payload: Record<string, unknown>;
}
/** What one shift leaves to the next. */
export interface Handover {
  id: number;
  at: string;
  by: string;
  streets: string[];
  text: string;
}
/** RFC 9457; a 409 also carries the object as it is. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  alert?: Alert;
  order?: Order;
  protocol?: Protocol;
  code?: string;
  /** Wrong fields, each named by its path. */
  problems?: { field: string; message: string }[];
}
