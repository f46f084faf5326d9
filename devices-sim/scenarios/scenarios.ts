import type { Random } from '../random.ts';
import type { World } from '../world/population.ts';
import { happenings, type Happening, type ScriptOptions } from './script.ts';

/** What may befall the homes while they live their ordinary life. */
export const SCENARIOS = {
  /** Emergencies, requests and faults, spread over the streets. */
  neighbourhood: happenings,
  /** Ordinary life only: any alarm is a false one. */
  quiet: () => [],
  /** Every home calls for help within one second. */
  burst,
} as const satisfies Record<
  string,
  (world: World, random: Random, options: ScriptOptions) => Iterable<Happening>
>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
export const isScenario = (text: string): text is ScenarioName => Object.hasOwn(SCENARIOS, text);

const BURST_AT_MS = 3_000;
const BURST_WITHIN_MS = 1_000;

function burst(world: World, random: Random): Happening[] {
  return world.homes
    .flatMap((home): Happening[] => {
      const button = home.devices.find((device) => device.kind === 'sos_button');
      const atMs = BURST_AT_MS + random.between(0, BURST_WITHIN_MS);
      return button ? [{ atMs, home, deviceId: button.id, what: 'press', presses: 1, cancelled: false }] : [];
    })
    .sort((a, b) => a.atMs - b.atMs);
}
