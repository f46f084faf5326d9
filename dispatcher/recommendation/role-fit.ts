import type { AlertKind } from '../../schemas/alert.ts';
import type { Service } from '../../schemas/channels.ts';
import type { CaregiverRole } from '../../schemas/registry.ts';

/** Who is meant for it, and who can do it if nobody of those is there. Anybody else is not sent by themselves. */
export interface RoleFit {
  first: readonly CaregiverRole[];
  second: readonly CaregiverRole[];
}

const EMERGENCY: RoleFit = {
  first: ['care_worker', 'nurse', 'doctor', 'community_officer', 'property_staff'],
  second: ['social_worker', 'volunteer'],
};
const COMMUNITY: RoleFit = {
  first: ['community_officer', 'care_worker', 'property_staff'],
  second: ['nurse', 'social_worker', 'volunteer'],
};
const TECHNICAL: RoleFit = { first: ['technician'], second: ['property_staff'] };

const OF_SERVICE: Record<Service, RoleFit> = {
  meal: {
    first: ['volunteer', 'care_worker'],
    second: ['property_staff', 'community_officer', 'social_worker'],
  },
  bath: { first: ['care_worker', 'nurse'], second: [] },
  clean: { first: ['care_worker'], second: ['property_staff', 'volunteer'] },
  urgent: EMERGENCY,
  mobility: {
    first: ['care_worker', 'volunteer'],
    second: ['social_worker', 'property_staff', 'community_officer'],
  },
  medical: { first: ['nurse', 'doctor'], second: [] },
  care: { first: ['care_worker', 'nurse'], second: ['volunteer'] },
  errand: {
    first: ['volunteer', 'property_staff'],
    second: ['care_worker', 'community_officer', 'social_worker'],
  },
  repair: TECHNICAL,
};
const OF_KIND: Record<AlertKind, RoleFit> = {
  sos: EMERGENCY,
  fall: EMERGENCY,
  vitals: { first: ['nurse', 'doctor'], second: ['care_worker'] },
  wandering: {
    first: ['property_staff', 'community_officer'],
    second: ['care_worker', 'social_worker', 'volunteer'],
  },
  inactivity: COMMUNITY,
  overstay: COMMUNITY,
  service_request: EMERGENCY,
  device_offline: TECHNICAL,
  device_fault: TECHNICAL,
  low_battery: TECHNICAL,
  outage: TECHNICAL,
};

/** For an alert's own errand its kind decides; for any other service the service. */
export const roleFit = (kind: AlertKind | null, service: Service): RoleFit =>
  kind === null || kind === 'service_request' || service !== serviceOfKind(kind)
    ? OF_SERVICE[service]
    : OF_KIND[kind];

/** The service that an alert of the kind calls for. */
export function serviceOfKind(kind: AlertKind): Service {
  if (kind === 'vitals') return 'medical';
  return OF_KIND[kind] === TECHNICAL ? 'repair' : 'urgent';
}
