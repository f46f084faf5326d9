import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import { inOrder, occurred } from '../../platform/reading-times.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { AmbulanceSheet, SheetPerson } from '../../schemas/ambulance-sheet.ts';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import { wgs84ToGcj02 } from '../../schemas/datum.ts';
import { toIso } from '../../schemas/ids.ts';
import { ageOn, localDate } from '../registry/age.ts';
import { latestVitals } from './latest-vitals.ts';

export interface SheetDeps {
  open(sealed: Uint8Array): unknown;
  /** Ages are of the local date. */
  timeZone: string;
}

const VITALS_MS = 24 * 3_600_000;
const MOST_VITALS = 200;
/** A stuck button has hundreds. */
const MOST_EVIDENCE = 20;

const homePersonal = z.looseObject({ address: z.string().default(''), accessNotes: z.string().default('') });
const named = z.looseObject({ name: z.string().default(''), phone: z.string().nullish() });
const contactIn = z.looseObject({
  name: z.string(),
  relation: z.string().nullish(),
  phone: z.string().nullish(),
  keyHolder: z.boolean().optional(),
});
const residentPersonal = named.extend({
  birthDate: z.string().nullish(),
  conditions: z.array(z.string()).default([]),
  medications: z.array(z.string()).default([]),
  allergies: z.array(z.string()).default([]),
  contacts: z.array(contactIn).default([]),
});

interface HomeRow {
  street: string;
  community: string;
  lat: number | null;
  lon: number | null;
  personal: Uint8Array;
  holders: { id: string; personal: string }[] | null;
}
interface ResidentRow {
  id: string;
  gender: string | null;
  languages: string[];
  care_level: number;
  spo2_scale: number;
  personal: Uint8Array;
}
interface SentRow {
  order_id: string;
  caregiver_id: string;
  role: string;
  state: string;
  arrived_at: string | null;
  personal: Uint8Array;
}

/** Everything about the alert that an ambulance crew needs, as it is now. Reads only; who asked is the caller's to note. */
export async function readSheet(
  db: Queryable,
  alert: Alert,
  nowMs: number,
  { open, timeZone }: SheetDeps,
): Promise<AmbulanceSheet> {
  const home = (
    await db.query<HomeRow>(
      `select h.street, h.community, h.lat, h.lon, h.personal,
         (select jsonb_agg(jsonb_build_object('id', c.id, 'personal', encode(c.personal, 'hex')) order by c.id)
          from caregivers c where c.id = any(h.key_holders) and c.retired_at is null) as holders
       from homes h where h.id = $1`,
      [alert.homeId],
    )
  ).rows[0];
  const people = await db.query<ResidentRow>(
    `select id, gender, languages, care_level, spo2_scale, personal from residents
     where home_id = $1 and retired_at is null order by id = $2 desc, id`,
    [alert.homeId, alert.residentId],
  );
  const devices = await db.query<{ id: string; kind: string; zone: string | null }>(
    'select id, kind, zone from devices where id = any($1) order by id',
    [alert.deviceIds],
  );
  const vitals = await db.query<{ at: Date; body: unknown }>(
    `select r.occurred_at as at, r.body from readings r
     where r.home_no = (select no from homes where id = $1) and r.channel = ${CHANNEL_NUMBER.vitals}
       and ${occurred('>', '$2')} and ${occurred('<=', '$3')}
     order by ${inOrder('r', 'desc')} limit ${MOST_VITALS}`,
    [alert.homeId, toIso(nowMs - VITALS_MS), toIso(nowMs)],
  );
  const sent = await db.query<SentRow>(
    `select o.id as order_id, c.id as caregiver_id, c.role, o.state, o.doc ->> 'arrivedAt' as arrived_at, c.personal
     from orders o join caregivers c on c.id = o.caregiver_id
     where o.alert_id = $1 and o.state in ('accepted', 'en_route', 'on_scene') order by o.id`,
    [alert.id],
  );
  const nameOf = (sealed: Uint8Array): { name: string; phone: string | null } => {
    const { name, phone } = named.parse(open(sealed));
    return { name, phone: phone ?? null };
  };
  const where = home && homePersonal.parse(open(home.personal));
  const wgs84 = home?.lat == null || home.lon === null ? null : { lat: home.lat, lon: home.lon };
  const today = localDate(nowMs, timeZone);
  return {
    format: 'yinling-ambulance-sheet-1',
    alertId: alert.id,
    at: toIso(nowMs),
    where: {
      homeId: alert.homeId,
      street: home?.street ?? alert.street,
      community: home?.community ?? '',
      address: where?.address ?? '',
      accessNotes: where?.accessNotes ?? '',
      wgs84,
      gcj02: wgs84 === null ? null : rounded(wgs84ToGcj02(wgs84)),
      keyHolders: (home?.holders ?? []).map(({ id, personal }) => ({
        caregiverId: id,
        ...nameOf(Buffer.from(personal, 'hex')),
      })),
    },
    people: people.rows.map((row): SheetPerson => {
      const { birthDate, contacts, ...personal } = residentPersonal.parse(open(row.personal));
      return {
        residentId: row.id,
        // Nobody named: whoever lives alone it is; of several it may be any.
        subject: alert.residentId === null ? people.rows.length === 1 : row.id === alert.residentId,
        name: personal.name,
        age: birthDate == null ? null : ageOn(birthDate, today),
        gender: row.gender,
        phone: personal.phone ?? null,
        languages: row.languages,
        careLevel: row.care_level,
        conditions: personal.conditions,
        medications: personal.medications,
        allergies: personal.allergies,
        spo2Scale: row.spo2_scale,
        contacts: contacts.map(({ name, relation, phone, keyHolder }) => ({
          name,
          relation: relation ?? null,
          phone: phone ?? null,
          keyHolder: keyHolder === true,
        })),
      };
    }),
    what: {
      kind: alert.kind,
      priority: alert.priority,
      calls: alert.calls,
      calledBy: devices.rows.map(({ id, kind, zone }) => ({ deviceId: id, kind, zone })),
      evidence: alert.evidence.slice(-MOST_EVIDENCE).map((item) => ({
        at: item.at,
        text: item.text,
        for: item.for,
      })),
      notes: alert.timeline.flatMap(({ at, what, by, note }) =>
        what === 'note' && note !== null ? [{ at, by, text: note }] : [],
      ),
    },
    vitals: latestVitals(vitals.rows.map(({ at, body }) => ({ at: at.toISOString(), body }))),
    times: {
      occurredAt: alert.occurredAt,
      openedAt: alert.openedAt,
      acknowledgedAt: alert.acknowledgedAt,
      acknowledgedBy: alert.acknowledgedBy,
    },
    sent: sent.rows.map((row) => ({
      orderId: row.order_id,
      caregiverId: row.caregiver_id,
      ...nameOf(row.personal),
      role: row.role,
      state: row.state,
      arrivedAt: row.arrived_at,
    })),
  };
}

const rounded = ({ lat, lon }: { lat: number; lon: number }): { lat: number; lon: number } => ({
  lat: Math.round(lat * 1e6) / 1e6,
  lon: Math.round(lon * 1e6) / 1e6,
});
