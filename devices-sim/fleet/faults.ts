import type { Random } from '../random.ts';

/** What may go wrong between a device and the broker; contract: none of it may lose or double anything. */
export const FAULTS = ['dup', 'late', 'reorder', 'drop', 'clock'] as const;
export type Fault = (typeof FAULTS)[number];

/** Share of messages that each fault befalls, 0–1. */
export type FaultRates = Partial<Record<Fault, number>>;

export const DEFAULT_FAULT_RATE = 0.03;

/** `dup,late=0.1` → rates; a name alone has the default rate. Throws on anything else, naming it. */
export function parseFaults(text: string): FaultRates {
  const rates: FaultRates = {};
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [name, value] = part.trim().split('=');
    const fault = FAULTS.find((known) => known === name);
    if (fault === undefined) throw new Error(`unknown fault "${name}", one of ${FAULTS.join(', ')}`);
    const rate = value === undefined ? DEFAULT_FAULT_RATE : Number(value);
    if (!(rate >= 0 && rate <= 1)) throw new Error(`the rate of ${fault} must lie within 0 and 1`);
    rates[fault] = rate;
  }
  return rates;
}

export interface Mishap {
  /** Sent so many times more, each so long after the one before. */
  repeatAfterMs: number[];
  /** Held back, so that later messages overtake it. */
  holdMs: number;
  /** The device had no network: its event lies so far back. */
  agedMs: number;
  /** The connection breaks right after sending. */
  cut: boolean;
  /** What the device's clock makes of the time. */
  clock: 'right' | 'absent' | 'seconds' | 'ahead';
}

const HOUR_MS = 3_600_000;
/** Shorter than any limit of the absence rules: a late message is a fault of the network, not an emergency. */
const LATEST_MS = 20 * 60_000;

/** Decides one message's fate. Calls for help are repeated and cut off like others, but never aged or held back. */
export function mishapOf(random: Random, rates: FaultRates, urgent: boolean): Mishap {
  const befalls = (fault: Fault): boolean => random.chance(rates[fault] ?? 0);
  const dup = befalls('dup');
  const late = befalls('late') && !urgent;
  const reorder = befalls('reorder') && !urgent;
  const drop = befalls('drop');
  const clock = befalls('clock');
  return {
    repeatAfterMs: dup ? Array.from({ length: random.int(1, 3) }, () => random.int(0, 800)) : [],
    holdMs: reorder ? random.int(50, 3_000) : 0,
    agedMs: late ? random.int(60_000, LATEST_MS) : 0,
    cut: drop,
    clock: clock ? random.pick(['absent', 'seconds', 'ahead']) : 'right',
  };
}

/** The `ts` a device with that clock writes; undefined: none. */
export function clockReading(occurredAt: number, clock: Mishap['clock']): number | undefined {
  if (clock === 'absent') return undefined;
  if (clock === 'seconds') return Math.round(occurredAt / 1000);
  return Math.round(clock === 'ahead' ? occurredAt + 72 * HOUR_MS : occurredAt);
}
