/** What an audit entry says, in words as far as there are any, and where its object is to be seen. Pure. */
export interface AuditWords {
  thing: Readonly<Record<string, string>>;
  verb: Readonly<Record<string, string>>;
}

/** `alert.acknowledge` → `Alarm · acknowledge`; undefined: there is no word for one of its halves. */
export function actionText(action: string, { thing, verb }: AuditWords): string | undefined {
  const dot = action.indexOf('.');
  const [what, how] = [action.slice(0, dot), action.slice(dot + 1)];
  if (!Object.hasOwn(thing, what) || !Object.hasOwn(verb, how)) return undefined;
  return `${thing[what]} · ${verb[how]}`;
}

const PAGES: Readonly<Record<string, string>> = {
  alert: '#/alert/',
  bridge: '#/registry/bridges/',
  caregiver: '#/registry/caregivers/',
  codec: '#/codecs/',
  device: '#/registry/devices/',
  duty: '#/registry/duties/',
  home: '#/registry/homes/',
  order: '#/orders/',
  organisation: '#/registry/organisations/',
  policy: '#/registry/policies/',
  resident: '#/registry/residents/',
  shift: '#/registry/shifts/',
  user: '#/registry/users/',
  'visit plan': '#/registry/visit-plans/',
  voucher: '#/registry/vouchers/',
};
/** `resident:r-1` → its page; undefined: it has none, or it is no single one (`resident:*`). */
export function objectAddress(object: string): string | undefined {
  const colon = object.indexOf(':');
  const [kind, id] = [object.slice(0, colon), object.slice(colon + 1)];
  if (colon < 0 || id === '' || id === '*' || !Object.hasOwn(PAGES, kind)) return undefined;
  return `${PAGES[kind]}${encodeURIComponent(id)}`;
}
