import { randomOf } from '../random.ts';
import { makeCaregivers, type SimCaregiver } from './carers.ts';
import { makeHome, type SimHome } from './homes.ts';

export type { SimHome, HomeBody, ResidentBody, DeviceBody } from './homes.ts';
export type { SimCaregiver } from './carers.ts';

/** An invented neighbourhood. The seed stands in every id, so that worlds of several seeds may share one service. */
export interface World {
  seed: number;
  homes: SimHome[];
  caregivers: SimCaregiver[];
}

/**
 * Same seed, same world; a world of more homes begins with the homes of the smaller one. `today` (YYYY-MM-DD) only
 * turns ages into years of birth.
 */
export function populate(seed: number, homeCount: number, today: string): World {
  const random = randomOf(seed);
  return {
    seed,
    homes: Array.from({ length: homeCount }, (_, index) => makeHome(random, `h${seed}`, index, today)),
    caregivers: makeCaregivers(random, `cg${seed}`),
  };
}
