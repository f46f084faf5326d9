import type { UnconfirmedEvent, UnconfirmedPress } from '../../schemas/unconfirmed.ts';

/**
 * Calls for help that have arrived but cannot be stored yet, so that there is no alarm of them to acknowledge. They
 * ring until somebody says that she knows; the moment they are stored, their alarms ring as alarms do.
 */
export type { UnconfirmedPress };
export interface Unconfirmed extends UnconfirmedEvent {
  /** What somebody here has said she knows of. */
  noted: ReadonlySet<string>;
}
export const NONE_UNCONFIRMED: Unconfirmed = { items: [], more: 0, noted: new Set() };

/** A device that repeats its press is one call. */
export const keyOf = (press: UnconfirmedPress): string => `${press.homeId}/${press.deviceId}`;

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null;
const isPress = (x: unknown): x is UnconfirmedPress =>
  isRecord(x) &&
  typeof x['homeId'] === 'string' &&
  typeof x['deviceId'] === 'string' &&
  typeof x['receivedAt'] === 'string';

/** `data` of the stream's `unconfirmed` event; each says all that wait. What is gone is forgotten, noted or not. */
export function unconfirmedFrom(before: Unconfirmed, data: unknown): Unconfirmed {
  const items = isRecord(data) && Array.isArray(data['items']) ? data['items'].filter(isPress) : [];
  const more = isRecord(data) && typeof data['more'] === 'number' ? data['more'] : 0;
  const here = new Set(items.map(keyOf));
  const noted = new Set([...before.noted].filter((key) => here.has(key)));
  const unheard = isRecord(data) && data['unheard'] === true;
  return { items, more, noted, ...(unheard && { unheard }) };
}
export const noteAll = (before: Unconfirmed): Unconfirmed => ({
  ...before,
  noted: new Set(before.items.map(keyOf)),
});
/** Those that nobody here knows of yet. */
export const unnoted = ({ items, noted }: Unconfirmed): UnconfirmedPress[] =>
  items.filter((press) => !noted.has(keyOf(press)));
