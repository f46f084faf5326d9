import type { DeviceEvent } from '../../schemas/inbound.ts';

/**
 * Devices bought off the shelf repeat a level ("SOS on", "somebody lies there") with every message. The first of a run
 * is the event. When the "off" got lost a new "on" must count again, so a run also ends when nothing was heard for a
 * while: one call too many rather than one too few.
 */
export type Levels = Readonly<Record<string, number>>;

export const LEVEL_RUN_MS = 60_000;

export function isNewLevel(levels: Levels, { deviceId, occurredAt }: DeviceEvent): boolean {
  const lastAt = Object.hasOwn(levels, deviceId) ? levels[deviceId] : undefined;
  return lastAt === undefined || occurredAt - lastAt >= LEVEL_RUN_MS;
}

export const withLevel = (levels: Levels, { deviceId, occurredAt }: DeviceEvent): Levels => ({
  ...levels,
  [deviceId]: Math.max(occurredAt, levels[deviceId] ?? 0),
});

export function withoutLevel(levels: Levels, deviceId: string): Levels {
  if (!Object.hasOwn(levels, deviceId)) return levels;
  const { [deviceId]: _, ...rest } = levels;
  return rest;
}
