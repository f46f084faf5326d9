import type { HomeProfile } from '../detectors/detector.ts';

/** What many homes can have in common when they fall silent: their street, or the model of their gateways. */
const MODEL = 'model:';

export const placeOfModel = (model: string): string => `${MODEL}${model}`;
/** Undefined: it is a street. */
export const modelOf = (place: string): string | undefined =>
  place.startsWith(MODEL) ? place.slice(MODEL.length) : undefined;

export function modelsOf({ devices }: Pick<HomeProfile, 'devices'>): string[] {
  const models: string[] = [];
  for (const { kind, model } of devices.values())
    if (kind === 'gateway' && model !== undefined && !models.includes(model)) models.push(model);
  return models;
}

export const isAt = (profile: HomeProfile, place: string): boolean =>
  profile.street === place || modelsOf(profile).some((model) => placeOfModel(model) === place);
