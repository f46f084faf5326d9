import type { Queryable } from '../../platform/database.ts';
import type { StatedConsent } from '../decode/consent.ts';
import type { ResidentSettings } from '../../schemas/registry.ts';

/** One home as the registry has it, with all that ingest needs of its people and devices; no names, no addresses. */
export interface RegistryHome {
  homeId: string;
  homeNo: number;
  street: string;
  version: number;
  /** Of the home itself, and of its street. */
  settings?: ResidentSettings;
  streetSettings?: ResidentSettings;
  /** Counts the changes of all streets' settings. */
  streetsVersion?: number;
  /** The canary's. */
  synthetic?: boolean;
  residents: {
    residentId: string;
    spo2Scale: number;
    mode: string;
    modeUntil: number | null;
    settings: ResidentSettings;
    version: number;
    retired: boolean;
    consents?: StatedConsent[];
  }[];
  devices: {
    deviceId: string;
    deviceNo: number;
    kind: string;
    zone: string | null;
    externalId: string | null;
    model?: string | null;
  }[];
}

/** Homes that are not retired; others are absent from the answer. */
export async function registryHomes(db: Queryable, homeIds: readonly string[]): Promise<RegistryHome[]> {
  const { rows } = await db.query<{ home: RegistryHome }>({
    name: 'ingest_registry_homes',
    text: `select jsonb_build_object('homeId', h.id, 'homeNo', h.no, 'street', h.street, 'version', h.version,
        'synthetic', h.synthetic, 'settings', h.settings,
        'streetSettings', coalesce((select s.settings from street_settings s where s.street = h.street), '{}'),
        'streetsVersion', (select coalesce(max(s.version), 0) from street_settings s),
        'residents', coalesce((
          select jsonb_agg(jsonb_build_object('residentId', r.id, 'spo2Scale', r.spo2_scale, 'mode', r.mode,
            'modeUntil', floor(extract(epoch from r.mode_until) * 1000), 'settings', r.settings,
            'version', r.version, 'retired', r.retired_at is not null, 'consents', r.consents) order by r.id)
          from residents r where r.home_id = h.id), '[]'),
        'devices', coalesce((
          select jsonb_agg(jsonb_build_object('deviceId', d.id, 'deviceNo', d.no, 'kind', d.kind, 'zone', d.zone,
            'externalId', d.external_id, 'model', d.model) order by d.id)
          from devices d where d.home_id = h.id and d.retired_at is null), '[]')) as home
      from homes h where h.id = any($1) and h.retired_at is null`,
    values: [homeIds],
  });
  return rows.map(({ home }) => home);
}

export async function homeIdsOfNos(db: Queryable, homeNos: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await db.query<{ no: number; id: string }>({
    text: 'select no, id from homes where no = any($1) and retired_at is null',
    values: [homeNos],
  });
  return new Map(rows.map(({ no, id }) => [no, id]));
}

/** Homes that a change of this device or resident concerns (now; where it was before the caller must know). */
export async function homesOf(db: Queryable, what: 'device' | 'resident', id: string): Promise<string[]> {
  const { rows } = await db.query<{ home_id: string }>({
    text: `select home_id from ${what === 'device' ? 'devices' : 'residents'} where id = $1`,
    values: [id],
  });
  return rows.map(({ home_id }) => home_id);
}
