import type { Mode } from '../../schemas/registry.ts';

const HOUR_MS = 3_600_000;

/**
 * Away and test modes end by themselves (budgets.md): a mode that somebody forgot must not leave a person unwatched,
 * or their calls taken for tests. Where no end is given, this one is.
 */
const MODE_ENDS_AFTER_MS: Readonly<Record<Exclude<Mode, 'home'>, number>> = {
  leave: 24 * HOUR_MS,
  hospital: 7 * 24 * HOUR_MS,
  maintenance: 8 * HOUR_MS,
  test: 24 * HOUR_MS,
};

/** When a mode that begins now without a stated end is over, ms since the epoch; null: `home` has no end. */
export const defaultModeEnd = (mode: Mode, nowAt: number): number | null =>
  mode === 'home' ? null : nowAt + MODE_ENDS_AFTER_MS[mode];

/** The mode in force: one past its end is `home` again. */
export const modeInForce = (
  mode: Mode,
  untilAt: number | null,
  nowAt: number,
): { mode: Mode; untilAt: number | null } =>
  untilAt !== null && untilAt <= nowAt ? { mode: 'home', untilAt: null } : { mode, untilAt };
