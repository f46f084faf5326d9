import type { Channel } from '../../schemas/channels.ts';

/**
 * How long an event of a channel may be on its way and still be put in order (budgets.md). ms. What calls for help, and
 * what answers, waits for nothing.
 */
export const LATENESS_MS: Readonly<Record<Channel, number>> = {
  sos: 0,
  fall: 0,
  reply: 0,
  status: 0,
  motion: 1_000,
  vitals: 1_000,
  location: 1_000,
  presence: 10_000,
};

export const MAX_LATENESS_MS = 10_000;

/** Timers of one who looks at these channels must wait for their stragglers. */
export const latenessOf = (channels: readonly Channel[] | undefined): number =>
  channels === undefined
    ? MAX_LATENESS_MS
    : channels.reduce((most, channel) => Math.max(most, LATENESS_MS[channel]), 0);
