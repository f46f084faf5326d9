import type { UserRole } from '../../schemas/registry.ts';

/**
 * Who may call what: the one table. A route under /api/v1 that has no row here stops the server from starting
 * (`guard.ts`). What a role may *see* through a route is its reach, applied with the street scope in `scope.ts`.
 */
export type Reach =
  /** Everything within the user's streets. */
  | 'all'
  /** Only what concerns the caregiver the user is: own orders and offers, homes of current orders, own account. */
  | 'own'
  /** Technical alerts, repairs, and own orders. */
  | 'technical';

/** `anyone`: without a login. `bridge`: a bridge's secret instead of a user's token. */
export type Access = 'anyone' | 'bridge' | Readonly<Partial<Record<UserRole, Reach>>>;

const STAFF = { operator: 'all', supervisor: 'all', admin: 'all' } as const;
const STAFF_AND_AUDITOR = { ...STAFF, auditor: 'all' } as const;
const CHIEFS = { supervisor: 'all', admin: 'all' } as const;
const CHIEFS_AND_AUDITOR = { ...CHIEFS, auditor: 'all' } as const;
const ADMIN = { admin: 'all' } as const;
const ADMIN_AND_AUDITOR = { admin: 'all', auditor: 'all' } as const;
const EVERY_USER = { ...STAFF_AND_AUDITOR, caregiver: 'own', technician: 'technical' } as const;
/** Nothing in it is about anybody. */
const EVERY_DESK_AND_BAG = { ...STAFF_AND_AUDITOR, caregiver: 'all', technician: 'all' } as const;
const ALERT_WORK = { ...STAFF, technician: 'technical' } as const;
/** The responder at the door may call for more (lessons: GoAlert #2775). */
const ALERT_CALL_FOR_MORE = { ...ALERT_WORK, caregiver: 'own' } as const;
const ORDER_WORK = { ...STAFF, caregiver: 'own', technician: 'technical' } as const;
const TECHNICIANS = { ...CHIEFS, technician: 'all' } as const;

export const ACCESS = {
  'POST /session': 'anyone',
  'GET /session/methods': 'anyone',
  'GET /session/oidc': 'anyone',
  'GET /session/oidc/callback': 'anyone',
  'DELETE /session': EVERY_USER,
  'GET /me': EVERY_USER,
  // One's own; how far an administrator sees is decided with them.
  'GET /sessions': EVERY_USER,
  'DELETE /sessions/:id': EVERY_USER,
  'GET /me/second-factor': CHIEFS_AND_AUDITOR,
  'POST /me/second-factor': CHIEFS_AND_AUDITOR,
  'POST /me/second-factor/confirm': CHIEFS_AND_AUDITOR,
  'DELETE /me/second-factor': CHIEFS_AND_AUDITOR,
  'GET /stream': EVERY_USER,
  'POST /ingest': 'bridge',

  'GET /alerts': { ...STAFF_AND_AUDITOR, technician: 'technical' },
  'GET /alerts/:id': EVERY_USER,
  'GET /alerts/:id/evidence': EVERY_USER,
  'POST /alerts/:id/acknowledge': ALERT_WORK,
  'POST /alerts/:id/resolve': ALERT_WORK,
  'POST /alerts/:id/escalate': ALERT_CALL_FOR_MORE,
  'POST /alerts/:id/note': ALERT_CALL_FOR_MORE,
  'POST /alerts/:id/reopen': ALERT_WORK,
  'GET /alerts/:id/recommendations': { ...STAFF_AND_AUDITOR, technician: 'technical' },
  'POST /alerts/:id/dispatch': ALERT_WORK,
  'GET /alerts/:id/ambulance-sheet': STAFF_AND_AUDITOR,
  'POST /alerts/:id/hand-to-120': STAFF,
  'GET /alerts/:id/ambulance-records': STAFF_AND_AUDITOR,

  'GET /orders': EVERY_USER,
  'POST /orders': { ...STAFF, technician: 'technical' },
  'GET /orders/:id': EVERY_USER,
  'POST /orders/:id/accept': ORDER_WORK,
  'POST /orders/:id/decline': ORDER_WORK,
  'POST /orders/:id/depart': ORDER_WORK,
  'POST /orders/:id/arrive': ORDER_WORK,
  'POST /orders/:id/check-in': ORDER_WORK,
  'POST /orders/:id/hand-over': ORDER_WORK,
  'POST /planning/replan': STAFF,
  'POST /orders/:id/complete': ORDER_WORK,
  'POST /orders/:id/cancel': ORDER_WORK,
  // Nobody rates their own visit.
  'POST /orders/:id/rating': STAFF,

  'GET /residents': { ...STAFF_AND_AUDITOR, caregiver: 'own' },
  'GET /residents/:id': { ...STAFF_AND_AUDITOR, caregiver: 'own' },
  'POST /residents': CHIEFS,
  'PATCH /residents/:id': STAFF,
  'DELETE /residents/:id': CHIEFS,
  'POST /residents/:id/prompt': STAFF,

  'GET /homes': { ...STAFF_AND_AUDITOR, technician: 'all', caregiver: 'own' },
  'GET /homes/:id': { ...STAFF_AND_AUDITOR, technician: 'all', caregiver: 'own' },
  'POST /homes': CHIEFS,
  'PATCH /homes/:id': CHIEFS,
  'DELETE /homes/:id': CHIEFS,
  'GET /homes/:id/readings': STAFF_AND_AUDITOR,
  'POST /homes/:id/replay': CHIEFS_AND_AUDITOR,

  'GET /devices': { ...STAFF_AND_AUDITOR, technician: 'all' },
  'GET /devices/:id': { ...STAFF_AND_AUDITOR, technician: 'all' },
  'POST /devices': TECHNICIANS,
  'PATCH /devices/:id': TECHNICIANS,
  'DELETE /devices/:id': TECHNICIANS,
  'POST /devices/:id/replace': TECHNICIANS,
  'GET /replacements': { ...STAFF_AND_AUDITOR, technician: 'all' },
  'POST /devices/:id/secret': TECHNICIANS,
  'PATCH /devices/:id/secret': TECHNICIANS,

  'GET /caregivers': STAFF_AND_AUDITOR,
  'GET /caregivers/:id': { ...STAFF_AND_AUDITOR, caregiver: 'own' },
  'POST /caregivers': CHIEFS,
  'PATCH /caregivers/:id': { ...CHIEFS, caregiver: 'own' },
  'DELETE /caregivers/:id': CHIEFS,

  'GET /shifts': { ...STAFF_AND_AUDITOR, caregiver: 'own' },
  'GET /shifts/:id': { ...STAFF_AND_AUDITOR, caregiver: 'own' },
  'POST /shifts': CHIEFS,
  'PATCH /shifts/:id': CHIEFS,
  'DELETE /shifts/:id': CHIEFS,

  'GET /duties': STAFF_AND_AUDITOR,
  'GET /duties/:id': STAFF_AND_AUDITOR,
  'POST /duties': CHIEFS,
  'PATCH /duties/:id': CHIEFS,
  'DELETE /duties/:id': CHIEFS,
  'GET /roster': STAFF_AND_AUDITOR,
  'GET /map': EVERY_DESK_AND_BAG,

  'GET /organisations': EVERY_DESK_AND_BAG,
  'GET /organisations/:id': EVERY_DESK_AND_BAG,
  'POST /organisations': CHIEFS,
  'PATCH /organisations/:id': CHIEFS,
  'DELETE /organisations/:id': CHIEFS,

  'POST /import/organisations': CHIEFS,
  'POST /import/homes': CHIEFS,
  'POST /import/residents': CHIEFS,
  'POST /import/devices': CHIEFS,
  'POST /import/caregivers': CHIEFS,
  'POST /import/shifts': CHIEFS,
  'POST /import/visit-plans': CHIEFS,
  'POST /import/vouchers': CHIEFS,
  'POST /import/visits': CHIEFS,
  'GET /export/organisations': CHIEFS_AND_AUDITOR,
  'GET /export/homes': CHIEFS_AND_AUDITOR,
  'GET /export/residents': CHIEFS_AND_AUDITOR,
  'GET /export/devices': CHIEFS_AND_AUDITOR,
  'GET /export/caregivers': CHIEFS_AND_AUDITOR,
  'GET /export/shifts': CHIEFS_AND_AUDITOR,
  'GET /export/visit-plans': CHIEFS_AND_AUDITOR,
  'GET /export/vouchers': CHIEFS_AND_AUDITOR,

  'GET /visit-plans': STAFF_AND_AUDITOR,
  'GET /visit-plans/:id': STAFF_AND_AUDITOR,
  'POST /visit-plans': STAFF,
  'PATCH /visit-plans/:id': STAFF,
  'DELETE /visit-plans/:id': STAFF,
  'GET /caregivers/:id/day': { ...STAFF_AND_AUDITOR, caregiver: 'own', technician: 'own' },

  'GET /vouchers': STAFF_AND_AUDITOR,
  'GET /vouchers/:id': STAFF_AND_AUDITOR,
  'POST /vouchers': CHIEFS,
  'PATCH /vouchers/:id': CHIEFS,
  'DELETE /vouchers/:id': CHIEFS,

  'GET /rules': STAFF_AND_AUDITOR,
  'POST /rules': CHIEFS,

  'GET /street-settings': STAFF_AND_AUDITOR,
  'PUT /street-settings/:street': CHIEFS,

  'POST /policies/preview': STAFF_AND_AUDITOR,
  'GET /contact-rules': STAFF_AND_AUDITOR,
  'PUT /contact-rules/:kind': CHIEFS,
  'GET /policies': STAFF_AND_AUDITOR,
  'GET /policies/:id': STAFF_AND_AUDITOR,
  'POST /policies': CHIEFS,
  'PATCH /policies/:id': CHIEFS,
  'DELETE /policies/:id': CHIEFS,

  'GET /protocols': STAFF_AND_AUDITOR,
  'PUT /protocols/:kind': CHIEFS,
  'GET /handovers': STAFF_AND_AUDITOR,
  'POST /handovers': STAFF,

  'GET /users': ADMIN_AND_AUDITOR,
  'GET /users/:id': ADMIN_AND_AUDITOR,
  'POST /users': ADMIN,
  'PATCH /users/:id': ADMIN,
  'DELETE /users/:id': ADMIN,
  'DELETE /users/:id/second-factor': ADMIN,

  'GET /bridges': ADMIN_AND_AUDITOR,
  'GET /bridges/:id': ADMIN_AND_AUDITOR,
  'POST /bridges': ADMIN,
  'PATCH /bridges/:id': ADMIN,
  'DELETE /bridges/:id': ADMIN,
  'POST /bridges/:id/secret': ADMIN,
  'PATCH /bridges/:id/secret': ADMIN,

  'GET /codecs': { ...STAFF_AND_AUDITOR, technician: 'all' },
  'GET /codecs/:id': { ...STAFF_AND_AUDITOR, technician: 'all' },
  'POST /codecs': ADMIN,
  'PATCH /codecs/:id': ADMIN,
  'DELETE /codecs/:id': ADMIN,
  'POST /codecs/try': TECHNICIANS,

  'GET /dead-letters': { ...STAFF_AND_AUDITOR, technician: 'all' },
  'GET /retention': CHIEFS_AND_AUDITOR,
  'GET /audit': ADMIN_AND_AUDITOR,
  'GET /audit/verify': ADMIN_AND_AUDITOR,
  'GET /notices': STAFF_AND_AUDITOR,
  'POST /notices/:id/retry': CHIEFS,
  // Signed by the gateway.
  'POST /notices/receipts': 'anyone',

  'GET /ledger/verify': 'anyone',
  'GET /ledger/blocks': 'anyone',
  'GET /ledger/anchor': 'anyone',
  'GET /ledger/anchors': 'anyone',
  'GET /ledger/honours': { ...STAFF_AND_AUDITOR, caregiver: 'all' },
  'POST /ledger/reverse': CHIEFS,
  'GET /ledger/:accountId/relatives': { ...STAFF_AND_AUDITOR, caregiver: 'own' },
  'POST /ledger/:accountId/relatives': STAFF,
  'DELETE /ledger/:accountId/relatives/:residentId': STAFF,
  'GET /ledger/:accountId': { ...STAFF_AND_AUDITOR, caregiver: 'own' },
  'POST /ledger/redeem': { ...STAFF, caregiver: 'own' },

  'GET /reports/kpi': CHIEFS_AND_AUDITOR,
  'GET /reports/response': CHIEFS_AND_AUDITOR,
  'GET /reports/ratings': CHIEFS_AND_AUDITOR,
  'GET /reports/settlement': CHIEFS_AND_AUDITOR,
  'GET /reports/settlement/months': CHIEFS_AND_AUDITOR,
  'POST /reports/settlement/months': CHIEFS,
  'POST /reports/settlement/corrections': CHIEFS,
} as const satisfies Record<string, Access>;

export type RouteKey = keyof typeof ACCESS;
export const isRouteKey = (key: string): key is RouteKey => Object.hasOwn(ACCESS, key);

/**
 * What holds for the whole district: whoever sees some streets only does not change it, whatever their role. The rest is
 * narrowed to the streets of the caller, by `scope.ts` and `registry/scope-conditions.ts`.
 */
export const OF_THE_WHOLE_DISTRICT: ReadonlySet<RouteKey> = new Set<RouteKey>([
  'POST /rules',
  'POST /policies',
  'PATCH /policies/:id',
  'DELETE /policies/:id',
  'PUT /contact-rules/:kind',
  'PUT /protocols/:kind',
  'POST /codecs',
  'PATCH /codecs/:id',
  'DELETE /codecs/:id',
  'DELETE /users/:id/second-factor',
  'POST /ledger/reverse',
  'POST /reports/settlement/months',
  'POST /reports/settlement/corrections',
]);

/** How far `role` reaches through the route; undefined: not at all. */
export function reachOf(key: RouteKey, role: UserRole): Reach | undefined {
  const access: Access = ACCESS[key];
  return typeof access === 'string' ? undefined : access[role];
}

/** Where a role may write only some fields of a body. */
const FIELDS: Partial<Record<RouteKey, Partial<Record<UserRole, readonly string[]>>>> = {
  'PATCH /residents/:id': { operator: ['mode', 'modeUntil'] },
  'PATCH /caregivers/:id': { caregiver: ['lat', 'lon'] },
};

/** Fields of the body that the role may not write through this route. */
export function forbiddenFields(key: RouteKey, role: UserRole, body: unknown): string[] {
  const allowed = FIELDS[key]?.[role];
  if (allowed === undefined || typeof body !== 'object' || body === null) return [];
  return Object.keys(body).filter((field) => field !== 'expectedVersion' && !allowed.includes(field));
}
