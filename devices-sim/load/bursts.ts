import { parseDuration } from '../options.ts';

/** What befalls a district while a load runs. Times count from when measuring begins. */
export const BURSTS = ['heat-wave', 'power-cut', 'reconnection'] as const;
export type BurstKind = (typeof BURSTS)[number];

export interface Burst {
  kind: BurstKind;
  atMs: number;
  /** heat-wave, power-cut: how long it lasts; reconnection: over how long the connections come back. */
  forMs: number;
  /** heat-wave: so many times the calls for help; else the share of homes that it befalls, 0–1. */
  amount: number;
}

const DEFAULTS: Readonly<Record<BurstKind, { forMs: number; amount: number; most: number }>> = {
  'heat-wave': { forMs: 10_000, amount: 10, most: 1_000 },
  'power-cut': { forMs: 5_000, amount: 0.2, most: 1 },
  reconnection: { forMs: 1_000, amount: 1, most: 1 },
};

/** `heat-wave@10s+20s*15,reconnection@30s` → bursts. Throws on anything else, saying what is wrong. */
export function parseBursts(text: string): Burst[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseBurst);
}

function parseBurst(text: string): Burst {
  const [, name = '', at = '', lasts, amount] =
    /^([a-z-]+)@([^+*]+)(?:\+([^*]+))?(?:\*(.+))?$/.exec(text) ?? [];
  const kind = BURSTS.find((known) => known === name);
  if (kind === undefined)
    throw new Error(`"${text}" is no burst: KIND@AT[+FOR][*AMOUNT], KIND one of ${BURSTS.join(', ')}`);
  const defaults = DEFAULTS[kind];
  const atMs = /^0(ms|s|m|h)?$/.test(at) ? 0 : parseDuration(at);
  const forMs = lasts === undefined ? defaults.forMs : parseDuration(lasts);
  if (atMs === undefined || forMs === undefined)
    throw new Error(`"${text}": a time such as 500ms, 10s or 2m was expected`);
  const size = amount === undefined ? defaults.amount : Number(amount);
  if (!(size > 0 && size <= defaults.most))
    throw new Error(`"${text}": the amount must be more than 0 and at most ${defaults.most}`);
  return { kind, atMs, forMs, amount: size };
}
