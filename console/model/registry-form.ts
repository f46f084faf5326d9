/**
 * Registry forms from descriptors: what a field is called, how it is typed, and how a form becomes the body that the
 * service takes. Pure. A form holds text as typed; numbers, lists and absences are made only on the way out.
 */
export type FieldKind =
  | 'text'
  | 'long'
  | 'int'
  | 'number'
  /** Typed in yuan, sent in whole fen. */
  | 'yuan'
  /** Typed in hundredths, sent as a share of one. */
  | 'percent'
  | 'select'
  | 'checks'
  | 'list'
  | 'date'
  | 'moment'
  | 'clock'
  | 'bool'
  | 'password'
  /** What the service tells beside what is registered: a column, never part of the form. */
  | 'shown'
  | 'rows'
  | 'group';

export interface FieldSpec {
  name: string;
  kind: FieldKind;
  /** Key of the label in the dictionary, where it is not the name. */
  label?: string;
  required?: boolean;
  /** Given at creation only. */
  fixed?: boolean;
  /** A column of the list. */
  column?: boolean;
  /** Name of a dictionary table or list that gives values and their words: `deviceKind`, `streets`. */
  options?: string;
  /** Values of `options` are numbers. */
  numeric?: boolean;
  /** A text that is the id of one of these: found by name while it is typed. */
  of?: 'homes' | 'residents' | 'caregivers' | 'organisations' | 'users' | 'devices';
  /** Asked for only where another field beside it has one of these values; else never sent. */
  when?: { field: string; is: readonly string[] };
  /** Values of `options` are `true` and `false`. */
  truth?: boolean;
  fields?: readonly FieldSpec[];
  /** What counts while nothing is given. */
  standard?: string;
}

export interface RegistrySpec {
  path: string;
  key: 'id' | 'username';
  fields: readonly FieldSpec[];
  searchable: boolean;
  /** The answer to a POST carries a secret, once. */
  secret?: boolean;
}

export type Draft = Record<string, unknown>;
/** Whether the field is asked for, as the ones beside it are filled in. */
export const isAsked = (field: FieldSpec, beside: Draft): boolean =>
  field.when === undefined || field.when.is.includes(textOf(beside[field.when.field]));
export type Row = Record<string, unknown>;

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);
const SHENZHEN_MS = 8 * 3_600_000;

function draftValue(field: FieldSpec, value: unknown): unknown {
  switch (field.kind) {
    case 'rows':
      return Array.isArray(value) ? value.map((v) => draftOf(field.fields ?? [], isRecord(v) ? v : {})) : [];
    case 'group':
      return draftOf(field.fields ?? [], isRecord(value) ? value : {});
    case 'checks':
      return Array.isArray(value) ? value.map(String) : [];
    case 'list':
      return Array.isArray(value) ? value.join('、') : '';
    case 'shown':
      return undefined;
    case 'bool':
      return value === true;
    case 'yuan':
      return typeof value === 'number' ? String(value / 100) : '';
    case 'percent':
      return typeof value === 'number' ? String(Math.round(value * 1e6) / 1e4) : '';
    case 'moment':
      return typeof value === 'string'
        ? new Date(Date.parse(value) + SHENZHEN_MS).toISOString().slice(0, 16)
        : '';
    case 'text':
    case 'long':
    case 'int':
    case 'number':
    case 'select':
    case 'date':
    case 'clock':
    case 'password':
      return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
  }
}
export const draftOf = (fields: readonly FieldSpec[], row: Row): Draft =>
  Object.fromEntries(fields.map((f) => [f.name, draftValue(f, row[f.name])]));

/** The typed value as the service takes it; undefined: nothing was given. */
function bodyValue(field: FieldSpec, value: unknown): unknown {
  switch (field.kind) {
    case 'rows': {
      const rows = (Array.isArray(value) ? value : []).map((v) =>
        bodyOf(field.fields ?? [], isRecord(v) ? v : {}),
      );
      const given = rows.filter((r) => Object.values(r).some((v) => v !== false));
      return given.length > 0 ? given : undefined;
    }
    case 'group': {
      const group = bodyOf(field.fields ?? [], isRecord(value) ? value : {});
      return Object.keys(group).length > 0 ? group : undefined;
    }
    case 'checks': {
      const given = Array.isArray(value) ? value.map(String) : [];
      if (given.length === 0) return undefined;
      return field.numeric ? given.map(Number).sort((a, b) => a - b) : given;
    }
    case 'list': {
      const items = textOf(value)
        .split(/[,，、\n]/)
        .map((t) => t.trim())
        .filter(Boolean);
      return items.length > 0 ? items : undefined;
    }
    case 'shown':
      return undefined;
    case 'bool':
      return value === true;
    case 'yuan':
      return textOf(value).trim() === '' ? undefined : Math.round(Number(value) * 100);
    case 'percent':
      return textOf(value).trim() === '' ? undefined : Math.round(Number(value) * 1e4) / 1e6;
    case 'int':
    case 'number':
      return textOf(value).trim() === '' ? undefined : Number(value);
    case 'select':
      if (textOf(value) === '') return undefined;
      return field.truth ? value === 'true' : field.numeric ? Number(value) : value;
    case 'moment':
      return momentOf(textOf(value));
    case 'password':
      return textOf(value) === '' ? undefined : value;
    case 'text':
    case 'long':
    case 'date':
    case 'clock':
      return textOf(value).trim() === '' ? undefined : textOf(value).trim();
  }
}
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
function momentOf(text: string): string | undefined {
  const ms = Date.parse(`${text}:00.000Z`) - SHENZHEN_MS;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** A whole body, for a POST: what was not given is left out. */
export function bodyOf(fields: readonly FieldSpec[], draft: Draft): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const f of fields) {
    const value = isAsked(f, draft) ? bodyValue(f, draft[f.name]) : undefined;
    if (value !== undefined) body[f.name] = value;
  }
  return body;
}

/** Only what was changed, for a PATCH: what was taken away becomes null. */
export function changesOf(
  fields: readonly FieldSpec[],
  before: Draft,
  after: Draft,
): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const f of fields) {
    if (f.fixed) continue;
    const [was, is] = [bodyValue(f, before[f.name]), bodyValue(f, after[f.name])];
    if (JSON.stringify(was) !== JSON.stringify(is)) changes[f.name] = is ?? null;
  }
  return changes;
}

/** Required fields left empty, by path (`contacts.0.name`). */
export function missingIn(fields: readonly FieldSpec[], draft: Draft, path = ''): string[] {
  return fields.flatMap((f) => {
    if (!isAsked(f, draft)) return [];
    const at = `${path}${f.name}`;
    const value = draft[f.name];
    if (f.kind === 'rows')
      return (Array.isArray(value) ? value : []).flatMap((v, i) =>
        missingIn(f.fields ?? [], isRecord(v) ? v : {}, `${at}.${i}.`),
      );
    if (f.kind === 'group') {
      // A group left empty is absent; once begun, its required fields count.
      return bodyValue(f, value) === undefined
        ? []
        : missingIn(f.fields ?? [], isRecord(value) ? value : {}, `${at}.`);
    }
    return f.required && bodyValue(f, value) === undefined ? [at] : [];
  });
}
