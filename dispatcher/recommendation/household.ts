import { NETWORK_RINGS, type NetworkRing } from '../../schemas/alert.ts';
import type { Person } from './rank.ts';

/** What the residents of a home wish, who has its key, and where in the service network it lies. */
export interface Household {
  keyHolders: ReadonlySet<string>;
  preferred: ReadonlySet<string>;
  avoided: ReadonlySet<string>;
  /** Of whoever comes; null: no matter. */
  gender: string | null;
  network: NetworkPlace;
}
/** By names, as homes and posts say them. */
export interface NetworkPlace {
  street: string;
  community: string;
  /** Of a caregiver: the post itself; of a home: the nearest one of its community. */
  postId?: string | null;
}

/** In which ring of the home somebody's post lies; undefined: it has no post, or the home is in no community. */
export function ringOf(post: NetworkPlace | null | undefined, home: NetworkPlace): NetworkRing | undefined {
  if (post === null || post === undefined) return undefined;
  if (post.street !== home.street) return 'district';
  if (home.community === '' || post.community !== home.community) return 'street';
  return home.postId != null && post.postId === home.postId ? 'post' : 'community';
}

/** Whether somebody's post lies within that ring of the home; whoever has no post is of the district. */
export const isWithinRing = (
  post: NetworkPlace | null | undefined,
  home: NetworkPlace,
  ring: NetworkRing,
): boolean => NETWORK_RINGS.indexOf(ringOf(post, home) ?? 'district') <= NETWORK_RINGS.indexOf(ring);

/** Minutes of travel. Rings widen by cost and not by turns: in an emergency whoever is there sooner is the right one. */
const RING_MIN: Record<NetworkRing, number> = { post: -1, community: 0, street: 1, district: 3 };
const KEY_HOLDER_MIN = -4;
const PREFERRED_MIN = -3;
const AVOIDED_MIN = 15;
const OTHER_GENDER_MIN = 2;

/** What the household makes of somebody, in minutes of travel; tells its reasons to whoever wants them. */
export function householdCost(
  { caregiverId, gender, post }: Pick<Person, 'caregiverId' | 'gender' | 'post'>,
  household: Household,
  reasons?: string[],
): number {
  let cost = 0;
  const ring = ringOf(post, household.network);
  if (ring !== undefined) {
    cost += RING_MIN[ring];
    reasons?.push(`network:${ring}`);
  }
  if (household.keyHolders.has(caregiverId)) {
    cost += KEY_HOLDER_MIN;
    reasons?.push('key_holder');
  }
  if (household.preferred.has(caregiverId)) {
    cost += PREFERRED_MIN;
    reasons?.push('preferred');
  }
  if (household.avoided.has(caregiverId)) {
    cost += AVOIDED_MIN;
    reasons?.push('avoided');
  }
  if (household.gender !== null && gender !== household.gender) {
    cost += OTHER_GENDER_MIN;
    reasons?.push('other_gender_than_wished');
  }
  return cost;
}
