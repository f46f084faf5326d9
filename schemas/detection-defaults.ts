import type { StreetSettings } from './registry.ts';

/** What counts where neither street, home nor resident says otherwise (budgets.md, *Starting values for the absence rules*). */
export const DETECTION_DEFAULTS: {
  [Name in keyof StreetSettings]-?: NonNullable<StreetSettings[Name]>;
} = {
  bathroomDayMin: 60,
  bathroomNightMin: 30,
  bedroomMin: 10 * 60,
  inactivityMin: 4 * 60,
  outOfBedNightMin: 45,
  wakingHours: ['07:00', '22:00'],
  verifyWindowS: 20,
};
