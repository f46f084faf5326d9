import { DETECTION_DEFAULTS } from '../../schemas/detection-defaults.ts';
import type { FieldSpec, RegistrySpec } from './registry-form.ts';

/** The registry's objects as forms (contract.md, *Registry bodies*). One line a field; the page is made of these. */
const id: FieldSpec = { name: 'id', kind: 'text', fixed: true, column: true };
const homeId: FieldSpec = { name: 'homeId', kind: 'text', of: 'homes', required: true, column: true };
const place: FieldSpec[] = [
  { name: 'lat', kind: 'number' },
  { name: 'lon', kind: 'number' },
  // Of what was typed; it is stored, and shown again, as WGS-84.
  { name: 'datum', kind: 'select', options: 'datum' },
];

/** Of detection: for a street, for a home, for a resident; the nearest one that is set counts. */
export const STREET_SETTINGS: readonly FieldSpec[] = Object.entries(DETECTION_DEFAULTS).map(
  ([name, standard]): FieldSpec =>
    typeof standard === 'number'
      ? { name, kind: 'number', standard: String(standard) }
      : { name, kind: 'list', standard: standard.join(', ') },
);
const SETTINGS: readonly FieldSpec[] = [
  ...STREET_SETTINGS,
  {
    name: 'fence',
    kind: 'group',
    fields: [
      { name: 'lat', kind: 'number', required: true },
      { name: 'lon', kind: 'number', required: true },
      { name: 'radiusM', kind: 'number', required: true },
      { name: 'bufferM', kind: 'number' },
      { name: 'datum', kind: 'select', options: 'datum' },
    ],
  },
];

export const HOMES: RegistrySpec = {
  path: 'homes',
  key: 'id',
  searchable: true,
  fields: [
    id,
    { name: 'street', kind: 'select', options: 'street', required: true, column: true },
    { name: 'community', kind: 'text', column: true },
    { name: 'address', kind: 'text', column: true },
    ...place,
    { name: 'accessNotes', kind: 'long' },
    { name: 'keyHolders', kind: 'list' },
    { name: 'settings', kind: 'group', label: 'homeSettings', fields: SETTINGS },
  ],
};
export const RESIDENTS: RegistrySpec = {
  path: 'residents',
  key: 'id',
  searchable: true,
  fields: [
    id,
    { name: 'name', kind: 'text', required: true, column: true },
    { ...homeId },
    { name: 'birthDate', kind: 'date', column: true },
    { name: 'gender', kind: 'select', options: 'gender' },
    { name: 'phone', kind: 'text', column: true },
    { name: 'languages', kind: 'list' },
    { name: 'careLevel', kind: 'select', options: 'careLevel', numeric: true, column: true },
    { name: 'conditions', kind: 'list', column: true },
    { name: 'medications', kind: 'list' },
    { name: 'allergies', kind: 'list' },
    { name: 'spo2Scale', kind: 'select', options: 'spo2', numeric: true },
    {
      name: 'contacts',
      kind: 'rows',
      fields: [
        { name: 'name', kind: 'text', required: true },
        { name: 'relation', kind: 'text' },
        { name: 'phone', kind: 'text' },
        { name: 'keyHolder', kind: 'bool' },
      ],
    },
    { name: 'mode', kind: 'select', options: 'mode', column: true },
    { name: 'modeUntil', kind: 'moment' },
    { name: 'settings', kind: 'group', fields: SETTINGS },
    {
      name: 'wishes',
      kind: 'group',
      fields: [
        { name: 'gender', kind: 'select', options: 'gender' },
        { name: 'languages', kind: 'list' },
        { name: 'preferred', kind: 'list' },
        { name: 'avoided', kind: 'list' },
        { name: 'note', kind: 'long' },
      ],
    },
    {
      name: 'assessments',
      kind: 'rows',
      fields: [
        { name: 'date', kind: 'date', required: true },
        { name: 'level', kind: 'int', required: true },
        { name: 'score', kind: 'number' },
        { name: 'by', kind: 'text' },
        { name: 'note', kind: 'text' },
      ],
    },
    {
      name: 'consents',
      kind: 'rows',
      fields: [
        { name: 'kind', kind: 'select', options: 'consent', required: true },
        { name: 'date', kind: 'date', required: true },
        { name: 'given', kind: 'select', options: 'given', truth: true },
      ],
    },
    { name: 'familyBed', kind: 'group', fields: [{ name: 'since', kind: 'date', required: true }] },
    { name: 'familyBedMissing', kind: 'shown', column: true },
  ],
};
export const DEVICES: RegistrySpec = {
  path: 'devices',
  key: 'id',
  searchable: true,
  secret: true,
  fields: [
    id,
    homeId,
    { name: 'kind', kind: 'select', options: 'deviceKind', required: true, column: true },
    { name: 'zone', kind: 'text', options: 'zone', column: true },
    { name: 'codec', kind: 'text', column: true },
    { name: 'externalId', kind: 'text' },
    { name: 'model', kind: 'text', column: true },
    { name: 'online', kind: 'shown', column: true },
    { name: 'lastSeenAt', kind: 'shown', column: true },
    { name: 'battery', kind: 'shown', column: true },
    { name: 'work', kind: 'shown', column: true },
  ],
};
export const CAREGIVERS: RegistrySpec = {
  path: 'caregivers',
  key: 'id',
  searchable: true,
  fields: [
    id,
    { name: 'name', kind: 'text', required: true, column: true },
    { name: 'role', kind: 'select', options: 'caregiverRole', required: true, column: true },
    { name: 'stars', kind: 'int', column: true },
    { name: 'skills', kind: 'list', column: true },
    { name: 'languages', kind: 'list' },
    { name: 'gender', kind: 'select', options: 'gender' },
    { name: 'phone', kind: 'text', column: true },
    { name: 'provider', kind: 'text', column: true },
    { name: 'postId', kind: 'text', of: 'organisations' },
    { name: 'vehicle', kind: 'select', options: 'vehicle' },
    ...place,
  ],
};
export const SHIFTS: RegistrySpec = {
  path: 'shifts',
  key: 'id',
  searchable: true,
  fields: [
    id,
    { name: 'caregiverId', kind: 'text', of: 'caregivers', required: true, column: true },
    {
      name: 'weekly',
      kind: 'group',
      column: true,
      fields: [
        { name: 'days', kind: 'checks', options: 'weekday', numeric: true, required: true },
        { name: 'start', kind: 'clock', required: true },
        { name: 'end', kind: 'clock', required: true },
        { name: 'since', kind: 'date' },
        { name: 'until', kind: 'date' },
        { name: 'except', kind: 'list' },
      ],
    },
    { name: 'from', kind: 'moment', column: true },
    { name: 'to', kind: 'moment', column: true },
    { name: 'off', kind: 'bool' },
  ],
};
/** Operators' and supervisors' shifts: who is at the desk when. */
export const DUTIES: RegistrySpec = {
  path: 'duties',
  key: 'id',
  searchable: true,
  fields: SHIFTS.fields.map((f) => (f.name === 'caregiverId' ? { ...f, name: 'username', of: 'users' } : f)),
};
export const POLICIES: RegistrySpec = {
  path: 'policies',
  key: 'id',
  searchable: true,
  fields: [
    id,
    { name: 'name', kind: 'text', label: 'policyName', required: true, column: true },
    { name: 'kinds', kind: 'checks', options: 'kind', required: true, column: true },
    {
      name: 'steps',
      kind: 'rows',
      column: true,
      required: true,
      fields: [
        { name: 'afterS', kind: 'number', required: true },
        { name: 'to', kind: 'select', label: 'stepTo', options: 'target', required: true },
        {
          name: 'caregiverId',
          kind: 'text',
          of: 'caregivers',
          required: true,
          when: { field: 'to', is: ['person'] },
        },
        {
          name: 'role',
          kind: 'select',
          options: 'caregiverRole',
          required: true,
          when: { field: 'to', is: ['role'] },
        },
        { name: 'ring', kind: 'select', options: 'ring', when: { field: 'to', is: ['role'] } },
        { name: 'acceptWithinS', kind: 'number' },
        { name: 'repeat', kind: 'int' },
      ],
    },
    { name: 'priorities', kind: 'checks', options: 'priority', numeric: true },
    {
      name: 'quiet',
      kind: 'group',
      fields: [
        { name: 'from', kind: 'clock', label: 'start', required: true },
        { name: 'to', kind: 'clock', label: 'end', required: true },
      ],
    },
  ],
};
export const USERS: RegistrySpec = {
  path: 'users',
  key: 'username',
  searchable: true,
  fields: [
    { name: 'username', kind: 'text', fixed: true, required: true, column: true },
    { name: 'password', kind: 'password' },
    { name: 'role', kind: 'select', options: 'userRole', required: true, column: true },
    { name: 'caregiverId', kind: 'text', of: 'caregivers', column: true },
    { name: 'streets', kind: 'checks', options: 'street', column: true },
  ],
};
export const BRIDGES: RegistrySpec = {
  path: 'bridges',
  key: 'id',
  searchable: false,
  secret: true,
  fields: [
    id,
    { name: 'name', kind: 'text', label: 'policyName', column: true },
    { name: 'homes', kind: 'list', required: true, column: true },
  ],
};

/** The four levels of the service network (四级养老服务网络). */
export const ORGANISATIONS: RegistrySpec = {
  path: 'organisations',
  key: 'id',
  searchable: true,
  fields: [
    id,
    { name: 'level', kind: 'select', label: 'orgLevel', options: 'orgLevel', required: true, column: true },
    { name: 'name', kind: 'text', label: 'policyName', required: true, column: true },
    { name: 'parentId', kind: 'text', of: 'organisations', column: true },
    { name: 'street', kind: 'select', options: 'street', column: true },
    { name: 'community', kind: 'text', column: true },
    { name: 'phone', kind: 'text', column: true },
    ...place,
  ],
};
/** Regular visits and calls (巡查访视). */
export const VISIT_PLANS: RegistrySpec = {
  path: 'visit-plans',
  key: 'id',
  searchable: true,
  fields: [
    id,
    homeId,
    { name: 'residentId', kind: 'text', of: 'residents' },
    { name: 'title', kind: 'text', column: true },
    { name: 'service', kind: 'select', options: 'service', required: true, column: true },
    { name: 'means', kind: 'select', options: 'means', column: true },
    { name: 'role', kind: 'select', options: 'caregiverRole' },
    { name: 'caregiverId', kind: 'text', of: 'caregivers', column: true },
    { name: 'days', kind: 'checks', options: 'weekday', numeric: true, required: true, column: true },
    { name: 'at', kind: 'clock', label: 'planAt', required: true, column: true },
    { name: 'everyWeeks', kind: 'int' },
    { name: 'durationMin', kind: 'int' },
    { name: 'since', kind: 'date', required: true, column: true },
    { name: 'until', kind: 'date', column: true },
    { name: 'except', kind: 'list' },
  ],
};
/** Vouchers (消费券). */
export const VOUCHERS: RegistrySpec = {
  path: 'vouchers',
  key: 'id',
  searchable: true,
  fields: [
    id,
    { name: 'residentId', kind: 'text', of: 'residents', required: true, column: true },
    { name: 'name', kind: 'text', label: 'policyName', required: true, column: true },
    { name: 'services', kind: 'checks', options: 'service', column: true },
    { name: 'valueFen', kind: 'yuan', required: true, column: true },
    { name: 'from', kind: 'date', required: true, column: true },
    { name: 'to', kind: 'date', required: true, column: true },
  ],
};

export const REGISTRY: readonly RegistrySpec[] = [
  RESIDENTS,
  HOMES,
  DEVICES,
  CAREGIVERS,
  SHIFTS,
  DUTIES,
  ORGANISATIONS,
  VISIT_PLANS,
  VOUCHERS,
  POLICIES,
  USERS,
  BRIDGES,
];
export const specOf = (path: string): RegistrySpec | undefined => REGISTRY.find((s) => s.path === path);

/** Kinds of page that a role is shown in the menu; the service decides what it may do there. */
export const PAGES_OF: Readonly<Record<string, readonly string[]>> = {
  supervisor: [
    'wall',
    'orders',
    'days',
    'residents',
    'homes',
    'devices',
    'caregivers',
    'shifts',
    'duties',
    'organisations',
    'visit-plans',
    'vouchers',
    'time-bank',
    'policies',
    'protocols',
    'contact-rules',
    'rules',
    'street-settings',
    'codecs',
    'reports',
    'settlement',
    'dead-letters',
    'notices',
    'exchange',
    'retention',
    'account',
  ],
  admin: [
    'wall',
    'orders',
    'days',
    'residents',
    'homes',
    'devices',
    'caregivers',
    'shifts',
    'duties',
    'organisations',
    'visit-plans',
    'vouchers',
    'time-bank',
    'policies',
    'protocols',
    'contact-rules',
    'rules',
    'street-settings',
    'codecs',
    'users',
    'bridges',
    'reports',
    'settlement',
    'dead-letters',
    'notices',
    'exchange',
    'audit',
    'retention',
    'account',
  ],
  auditor: [
    'wall',
    'orders',
    'days',
    'residents',
    'homes',
    'devices',
    'caregivers',
    'shifts',
    'duties',
    'organisations',
    'visit-plans',
    'vouchers',
    'time-bank',
    'policies',
    'protocols',
    'contact-rules',
    'rules',
    'street-settings',
    'codecs',
    'users',
    'reports',
    'settlement',
    'dead-letters',
    'notices',
    'exchange',
    'audit',
    'retention',
    'account',
  ],
  operator: [
    'orders',
    'days',
    'residents',
    'homes',
    'devices',
    'caregivers',
    'shifts',
    'duties',
    'organisations',
    'visit-plans',
    'vouchers',
    'time-bank',
    'protocols',
    'contact-rules',
    'dead-letters',
    'notices',
    'account',
  ],
  technician: ['orders', 'homes', 'devices', 'codecs', 'dead-letters', 'account'],
};
export const pagesOf = (role: string | undefined): readonly string[] => PAGES_OF[role ?? ''] ?? [];
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  devices: ['supervisor', 'admin', 'technician'],
  'visit-plans': ['operator', 'supervisor', 'admin'],
  users: ['admin'],
  bridges: ['admin'],
  codecs: ['admin'],
  'second-factor': ['admin'],
};
/** Of the whole district: whoever sees some streets only reads it. */
const OF_THE_WHOLE_DISTRICT: readonly string[] = [
  'rules',
  'policies',
  'contact-rules',
  'protocols',
  'codecs',
  'settlement',
  'ledger',
  'second-factor',
];
/** Whether these are shown as forms. `streets`: none means the whole district. */
export const mayWrite = (
  path: string,
  user: { readonly role: string; readonly streets?: readonly string[] } | null | undefined,
): boolean =>
  (WRITERS[path] ?? ['supervisor', 'admin']).includes(user?.role ?? '') &&
  !(OF_THE_WHOLE_DISTRICT.includes(path) && (user?.streets?.length ?? 0) > 0);
