import { dedupKey } from '../../schemas/alert.ts';
import type { Signal } from '../../schemas/signal.ts';
import { placeOfModel } from './places.ts';

/**
 * When the silence of many homes is the street's, or their gateways' model's, and not theirs. Pure. One alert with a
 * count, that is told again only when the count has doubled, and that ends by itself (priority 3) when most are back.
 */
export interface SilentHome {
  readonly homeId: string;
  readonly street: string;
  /** Of its gateways. */
  readonly models: readonly string[];
  /** Last heard, and noticed to be silent; ms since the epoch. */
  readonly since: number;
  readonly noticedAt: number;
}

/** An outage that goes on. */
export interface StreetSilence {
  readonly street: string;
  readonly from: number;
  /** The most homes silent at once, and as they were last told. */
  readonly peak: number;
  readonly told: number;
}

/** Homes noticed within this fell silent at once. */
export const AT_ONCE_MS = 5 * 60_000;
const SHARE = 0.1;
const LEAST_HOMES = 5;
/** So many at once are no chance, however large the street. */
const ENOUGH_HOMES = 30;
/** Of a street of very few homes, all. */
const FEWEST_HOMES = 3;
const BACK_SHARE = 0.2;

/** How many homes must fall silent at once. `live`: homes of the street heard of late, those now silent included. */
export const homesNeeded = (live: number): number =>
  live < LEAST_HOMES
    ? Math.max(FEWEST_HOMES, live)
    : Math.min(ENOUGH_HOMES, Math.max(LEAST_HOMES, Math.ceil(live * SHARE)));

/** The least that could be needed, for who would rather not count. */
export const LEAST_NEEDED = FEWEST_HOMES;

export const atOnce = (silent: readonly SilentHome[], now: number): SilentHome[] =>
  silent.filter(({ noticedAt }) => noticedAt > now - AT_ONCE_MS);

/** Homes with gateways of a model, and all others of the same streets; `live` includes those now silent. */
export interface ModelCounts {
  readonly silent: number;
  readonly live: number;
  /** Streets in which some of them are silent. */
  readonly streets: number;
  readonly othersSilent: number;
  readonly othersLive: number;
}
const LEAST_OTHERS = 5;
/** Others are so much less silent that the model must be it. */
const CONTRAST = 5;

/**
 * Silent together, in several streets, while others there are not: the model has failed, or its maker's cloud or firmware.
 * Where all homes have the same gateways, or only one street is silent, it cannot be told from the street's own outage,
 * and is called that.
 */
export const isOfTheModel = (counts: ModelCounts): boolean =>
  counts.silent >= homesNeeded(counts.live) &&
  counts.streets >= 2 &&
  counts.othersLive >= LEAST_OTHERS &&
  (counts.othersSilent / counts.othersLive) * CONTRAST <= counts.silent / counts.live;

export const isOver = (silence: StreetSilence, stillSilent: number): boolean =>
  stillSilent <= silence.peak * BACK_SHARE;

export const isWorthTelling = (silence: StreetSilence, stillSilent: number): boolean =>
  stillSilent >= silence.told * 2;

interface Facts {
  /** Where it is, or where most of it is. */
  street: string;
  /** Set: it is the gateways' of this model. */
  model?: string | undefined;
  homes: number;
  live: number;
  from: number;
  now: number;
  /** Streets that are silent, this one included: of many at once our own line is the likelier cause. */
  streets: number;
}

const MOST_NAMED = 20;

export function begins(facts: Facts, silent: readonly SilentHome[]): Signal {
  const ours = facts.streets > 1 ? `；同时有 ${facts.streets} 个街道失联，请先查平台自身网络` : '';
  const homeIds = silent.slice(0, MOST_NAMED).map(({ homeId }) => homeId);
  const text = `${subjectOf(facts)}：${facts.homes} 户同时失联（在线 ${facts.live} 户）${ours}`;
  return signal(facts, 'raise', 'silent', text, { homeIds, streets: facts.streets }, true);
}

const subjectOf = ({ street, model }: Facts): string =>
  model === undefined ? street : `型号 ${model} 的网关`;

export const grows = (facts: Facts): Signal =>
  signal(facts, 'support', 'silent', `${subjectOf(facts)}：失联已达 ${facts.homes} 户`, {}, true);

export const ends = (facts: Facts, stillSilent: number): Signal =>
  signal(
    facts,
    'clear',
    'back',
    `${subjectOf(facts)}：失联 ${facts.homes} 户中仅余 ${stillSilent} 户，其余已恢复`,
    { stillSilent },
    false,
  );

function signal(
  { street, model, homes, live, from, now }: Facts,
  effect: Signal['effect'],
  what: 'silent' | 'back',
  text: string,
  data: Record<string, unknown>,
  speaksFor: boolean,
): Signal {
  return {
    kind: 'outage',
    priority: 3,
    dedupKey: dedupKey.outage(model === undefined ? street : placeOfModel(model)),
    homeId: '',
    street,
    deviceId: null,
    occurredAt: from,
    receivedAt: now,
    effect,
    evidence: [
      {
        at: now,
        kind: model === undefined ? `street_${what}` : `model_${what}`,
        deviceId: null,
        messageId: null,
        text,
        data: { count: homes, live, from, ...(model !== undefined && { model }), ...data },
        for: speaksFor,
      },
    ],
  };
}
