import type { z } from 'zod';
import type { PersonalData } from '../../../platform/crypto/personal-data.ts';
import { type Mode, residentBody, type ResidentSettings, type Wishes } from '../../../schemas/registry.ts';
import type { FamilyBedRule } from '../../../schemas/rules.ts';
import { ageOn, localDate } from '../age.ts';
import { type HomeInputRow, tellHomes } from '../home-inputs.ts';
import { notifyRegistry, type RegistryKind, type ViewBase } from '../kind.ts';
import { bedRuleOn, missingOf } from '../family-bed.ts';
import { defaultModeEnd, modeInForce } from '../mode.ts';
import { settingsInWgs84 } from '../place.ts';
import { requireCaregivers, requireHome } from '../references.ts';
import { refuseField } from '../refused.ts';
import { isFoundIn, tokensFound } from '../search.ts';
import { narrowToHome } from '../scope-conditions.ts';
import { streetFilter } from './homes.ts';

type ResidentBody = z.output<typeof residentBody>;
/** What is sealed of a resident (ADR-6). */
interface Personal {
  name: string;
  birthDate: string | null;
  phone: string | null;
  conditions: string[];
  contacts: NonNullable<ResidentBody['contacts']>;
  /** Oldest first. These are absent in what was sealed before there were any. */
  assessments?: Assessments;
  medications?: string[];
  allergies?: string[];
  wishNote?: string | null;
}
type Assessments = NonNullable<ResidentBody['assessments']>;
export interface ResidentView extends ViewBase, Omit<Personal, 'wishNote'> {
  id: string;
  homeId: string;
  street: string;
  /** Full years today; null without a birth date. */
  age: number | null;
  gender: string | null;
  languages: string[];
  careLevel: number;
  spo2Scale: 1 | 2;
  mode: Mode;
  modeUntil: string | null;
  settings: ResidentSettings;
  consents: NonNullable<ResidentBody['consents']>;
  assessments: Assessments;
  medications: string[];
  allergies: string[];
  wishes: Wishes | null;
  familyBed: { since: string } | null;
  /** What the bundle of a family bed lacks; null: no family bed. */
  familyBedMissing: string[] | null;
}

interface ResidentRow {
  id: string;
  home_id: string;
  street: string;
  gender: string | null;
  languages: string[];
  care_level: number;
  spo2_scale: 1 | 2;
  mode: Mode;
  mode_until: Date | null;
  settings: ResidentSettings;
  consents: ResidentView['consents'];
  wishes: Wishes;
  family_bed: ResidentView['familyBed'];
  device_kinds: string[] | null;
  bed_rules: { from: string; body: FamilyBedRule }[] | null;
  personal: Uint8Array;
  version: number;
  created_at: Date;
}

/** By what a resident is found: the name, and every telephone number. */
export const residentTokens = (
  cipher: PersonalData,
  { name, phone, contacts }: Pick<Personal, 'name' | 'phone' | 'contacts'>,
): { search_tokens: Buffer[]; phone_tokens: Buffer[] } => ({
  search_tokens: cipher.searchTokens(name),
  phone_tokens: [phone, ...contacts.map((contact) => contact.phone)].flatMap((number) =>
    number == null ? [] : [cipher.phoneToken(number)],
  ),
});

export const residents = (timeZone: string): RegistryKind<ResidentBody, ResidentView> => ({
  name: 'resident',
  table: 'residents',
  key: 'id',
  idPrefix: 'res',
  body: residentBody,
  select: `select r.*, h.street,
      case when r.family_bed is not null then array(
        select d.kind from devices d where d.home_id = r.home_id and d.retired_at is null) end as device_kinds,
      (select jsonb_agg(jsonb_build_object('from', from_date, 'body', body))
       from rules where name = 'familyBed') as bed_rules
    from residents r join homes h on h.id = r.home_id`,
  columns(body, { cipher }) {
    const personal: Personal = {
      name: body.name,
      birthDate: body.birthDate ?? null,
      phone: body.phone ?? null,
      conditions: body.conditions ?? [],
      contacts: body.contacts ?? [],
      assessments: body.assessments ?? [],
      medications: body.medications ?? [],
      allergies: body.allergies ?? [],
      wishNote: body.wishes?.note ?? null,
    };
    const { note: _note, ...wishes } = body.wishes ?? {};
    return {
      id: body.id,
      home_id: body.homeId,
      gender: body.gender ?? null,
      languages: body.languages ?? [],
      care_level: body.careLevel ?? 0,
      spo2_scale: body.spo2Scale ?? 1,
      mode: body.mode ?? 'home',
      mode_until: body.modeUntil ?? null,
      settings: JSON.stringify(body.settings ?? {}),
      consents: JSON.stringify(body.consents ?? []),
      wishes: JSON.stringify(wishes),
      family_bed: body.familyBed === undefined ? null : JSON.stringify(body.familyBed),
      contact_count: personal.contacts.length,
      personal: cipher.seal(personal),
      ...residentTokens(cipher, personal),
    };
  },
  view(given, { cipher, nowAt }) {
    const row = given as unknown as ResidentRow;
    const { name, birthDate, phone, conditions, contacts, wishNote, ...more } = cipher.open(
      row.personal,
    ) as Personal;
    const wishes: Wishes = { ...row.wishes, ...(wishNote != null && { note: wishNote }) };
    const today = localDate(nowAt, timeZone);
    const { mode, untilAt } = modeInForce(row.mode, row.mode_until?.getTime() ?? null, nowAt);
    return {
      id: row.id,
      homeId: row.home_id,
      street: row.street,
      name,
      birthDate,
      age: birthDate === null ? null : ageOn(birthDate, today),
      gender: row.gender,
      phone,
      languages: row.languages,
      careLevel: row.care_level,
      conditions,
      spo2Scale: row.spo2_scale,
      contacts,
      mode,
      modeUntil: untilAt === null ? null : new Date(untilAt).toISOString(),
      settings: row.settings,
      consents: row.consents,
      assessments: more.assessments ?? [],
      medications: more.medications ?? [],
      allergies: more.allergies ?? [],
      wishes: Object.keys(wishes).length === 0 ? null : wishes,
      familyBed: row.family_bed,
      familyBedMissing:
        row.family_bed === null ? null : missingOf(bedRuleOn(row.bed_rules, today), row.device_kinds ?? []),
      version: row.version,
      createdAt: row.created_at.toISOString(),
    };
  },
  complete(given, { nowAt }, before) {
    const body = assessed(placed(given), before?.patch);
    const mode = body.mode ?? 'home';
    const { modeUntil: _, ...rest } = body;
    if (mode === 'home') return rest;
    // A new mode does not inherit the end of the former one.
    const kept = before === undefined || 'modeUntil' in before.patch || before.patch.mode === undefined;
    const until = kept ? body.modeUntil : undefined;
    const endsAt = until === undefined || until === null ? defaultModeEnd(mode, nowAt) : Date.parse(until);
    return endsAt === null ? rest : { ...rest, modeUntil: new Date(endsAt).toISOString() };
  },
  async check(tx, body, { nowAt }, scope, before) {
    if (body.homeId !== before?.homeId) await requireHome(tx, body.homeId, scope);
    if (typeof body.modeUntil === 'string' && Date.parse(body.modeUntil) <= nowAt)
      throw refuseField('modeUntil', 'is over already');
    if (body.birthDate !== undefined && body.birthDate > localDate(nowAt, timeZone))
      throw refuseField('birthDate', 'lies in the future');
    const today = localDate(nowAt, timeZone);
    for (const [i, { date }] of (body.assessments ?? []).entries())
      if (date > today) throw refuseField(`assessments.${i}.date`, 'lies in the future');
    const { preferred = [], avoided = [] } = body.wishes ?? {};
    const known = new Set([...(before?.wishes?.preferred ?? []), ...(before?.wishes?.avoided ?? [])]);
    for (const [field, ids] of Object.entries({ preferred, avoided })) {
      const added = ids.filter((id) => !known.has(id));
      if (added.length > 0) await requireCaregivers(tx, `wishes.${field}`, added);
    }
  },
  async changed(tx, before, after, { nowAt }) {
    const names = [before, after].flatMap((view) =>
      view === undefined ? [] : [`resident:${view.id}`, `home:${view.homeId}`],
    );
    await tellHomes(tx, nowAt, ...inputsOf(before, after));
    await notifyRegistry(tx, ...names);
  },
  narrow: (conditions, scope) => narrowToHome(conditions, scope, 'r.home_id', 'h.street'),
  filters: {
    q(conditions, q, { cipher }) {
      const found = tokensFound('r.search_tokens', cipher, q);
      conditions.and(`${found.sql} or position(? in lower(r.id)) > 0`, ...found.values, q);
    },
    phone: (conditions, phone, { cipher }) =>
      void conditions.and('r.phone_tokens && ?::bytea[]', cipher.phoneTokensByKey(phone)),
    homeId: (conditions, homeId) => void conditions.and('r.home_id = ?', homeId),
    street: (conditions, street) => void conditions.and('h.street = ?', streetFilter(street)),
    familyBed: (conditions, wanted) =>
      void conditions.and('(r.family_bed is not null) = ?', wanted === 'true'),
    mode: (conditions, mode, { nowAt }) =>
      void conditions.and(
        `case when r.mode_until <= ? then 'home' else r.mode end = ?`,
        new Date(nowAt).toISOString(),
        mode,
      ),
  },
  matches: (view, q) => isFoundIn(q, view.name, view.id),
});

/** The fence in WGS-84, like every place of ours. */
const placed = (body: ResidentBody): ResidentBody =>
  body.settings === undefined ? body : { ...body, settings: settingsInWgs84(body.settings) };

/** Assessments in order; the latest says the care level where nobody says another. */
function assessed(body: ResidentBody, patch: Partial<ResidentBody> | undefined): ResidentBody {
  if (body.assessments === undefined || (patch !== undefined && !('assessments' in patch))) return body;
  const assessments = body.assessments.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  const latest = assessments.at(-1);
  const said = patch === undefined ? body.careLevel !== undefined : 'careLevel' in patch;
  return { ...body, assessments, ...(latest !== undefined && !said && { careLevel: latest.level }) };
}

/** What the homes concerned are told: who came or went, and what changed for those who stay. */
function inputsOf(before: ResidentView | undefined, after: ResidentView | undefined): HomeInputRow[] {
  const inputs: HomeInputRow[] = [];
  const moved = before?.homeId !== after?.homeId;
  if (before && moved)
    inputs.push({ homeId: before.homeId, kind: 'residents', body: { residentId: before.id, left: true } });
  if (!after) return inputs;
  const { id: residentId, homeId, mode, modeUntil, settings, spo2Scale } = after;
  if (moved) inputs.push({ homeId, kind: 'residents', body: { residentId, joined: true } });
  if (moved ? mode !== 'home' : before?.mode !== mode || before.modeUntil !== modeUntil)
    inputs.push({ homeId, kind: 'mode', body: { residentId, mode, modeUntil } });
  if (moved || !same(before?.settings, settings) || before?.spo2Scale !== spo2Scale)
    inputs.push({ homeId, kind: 'settings', body: { residentId, settings, spo2Scale } });
  return inputs;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
