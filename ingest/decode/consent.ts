import type { Channel } from '../../schemas/channels.ts';

/** What a person may say yes or no to (PIPL: separate consent, withdrawn as easily as given). */
export type Consent = 'camera' | 'location';
export interface StatedConsent {
  readonly kind: Consent;
  readonly date: string;
  /** false: refused or withdrawn on that day. Absent: given. */
  readonly given?: boolean | undefined;
}

/**
 * What must not be taken from a home with these people. A no of anybody counts at once; where consent is `required`, so
 * does the lack of a yes: of everybody for a camera, of anybody for a locator, which one of them carries. A home without
 * people withholds nothing. Pure.
 */
export function withheldBy(
  people: readonly (readonly StatedConsent[])[],
  required: boolean,
): ReadonlySet<Consent> {
  const withheld = new Set<Consent>();
  for (const kind of ['camera', 'location'] as const) {
    const said = people.map((consents) => latest(consents, kind));
    const missing =
      kind === 'camera' ? said.some((one) => one === undefined) : said.every((one) => one === undefined);
    if (said.includes(false) || (required && people.length > 0 && missing)) withheld.add(kind);
  }
  return withheld;
}

/** What a message needs consent for; undefined: nothing. Calls for help and a device's own state never do. */
export function consentFor(
  channel: Channel,
  deviceKind: string,
  payload: Readonly<Record<string, unknown>>,
): Consent | undefined {
  if (channel === 'location') return 'location';
  if (channel === 'presence' && (deviceKind === 'camera' || payload['sensor'] === 'camera')) return 'camera';
  if (channel === 'fall' && (deviceKind === 'camera' || payload['source'] === 'camera')) return 'camera';
  return undefined;
}

/** The last word by date; of one day the one that stands last. */
function latest(consents: readonly StatedConsent[], kind: Consent): boolean | undefined {
  let word: StatedConsent | undefined;
  for (const consent of consents)
    if (consent.kind === kind && (word === undefined || consent.date >= word.date)) word = consent;
  return word && word.given !== false;
}
