import type { z } from 'zod';
import type { caregiverBody, CaregiverRole, shiftBody } from '../../schemas/registry.ts';
import { STREETS } from '../../schemas/streets.ts';
import type { Random } from '../random.ts';
import { type Gender, phoneNumber, youngName } from './names.ts';
import { placeIn } from './places.ts';

type WithId<T> = Omit<T, 'id'> & { id: string };
export type CaregiverBody = WithId<z.input<typeof caregiverBody>>;
export type ShiftBody = WithId<z.input<typeof shiftBody>>;

export interface SimCaregiver {
  caregiver: CaregiverBody;
  shifts: ShiftBody[];
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const DAY = { days: EVERY_DAY, start: '07:00', end: '19:00' };
const NIGHT = { days: EVERY_DAY, start: '19:00', end: '07:00' };
const WEEKDAYS = { days: [1, 2, 3, 4, 5], start: '08:30', end: '18:00' };

interface Post {
  role: CaregiverRole;
  skills: string[];
  /** Turns that make up round-the-clock cover, or office hours. */
  weekly: (typeof DAY)[];
  /** Posts per street. */
  every: number;
  provider: (streetZh: string) => string;
}

const centre = (street: string) => `${street}街道长者服务中心`;
const clinic = (street: string) => `${street}社区健康服务中心`;
const property = (street: string) => `${street}物业服务处`;

/** What each street has: two by day and two by night who may go to an emergency, nurses and property staff among them. */
const POSTS: readonly Post[] = [
  { role: 'care_worker', skills: ['助急', '助浴', '照料看护'], weekly: [DAY], every: 1, provider: centre },
  { role: 'care_worker', skills: ['助急', '助餐', '照料看护'], weekly: [NIGHT], every: 1, provider: centre },
  { role: 'nurse', skills: ['助医', '急救', '压疮护理'], weekly: [DAY], every: 1, provider: clinic },
  { role: 'nurse', skills: ['助医', '急救'], weekly: [NIGHT], every: 0.5, provider: clinic },
  {
    role: 'property_staff',
    skills: ['助急', '水电维修', '急救'],
    weekly: [DAY, NIGHT],
    every: 1,
    provider: property,
  },
  { role: 'doctor', skills: ['助医', '急救'], weekly: [WEEKDAYS], every: 0.3, provider: clinic },
  { role: 'social_worker', skills: ['心理慰藉', '助行'], weekly: [WEEKDAYS], every: 0.3, provider: centre },
  { role: 'volunteer', skills: ['代买菜', '陪看病', '助行'], weekly: [DAY], every: 0.5, provider: centre },
  { role: 'community_officer', skills: ['协调'], weekly: [WEEKDAYS], every: 0.3, provider: centre },
  { role: 'technician', skills: ['设备维修', '水电维修'], weekly: [DAY], every: 0.3, provider: property },
];

/** Everybody who can be sent, over the ten streets; the same for any number of homes. */
export function makeCaregivers(world: Random, prefix: string): SimCaregiver[] {
  const carers: SimCaregiver[] = [];
  for (const [postNo, post] of POSTS.entries())
    for (const [streetNo, { zh, en }] of STREETS.entries()) {
      if (Math.floor((streetNo + 1) * post.every) === Math.floor(streetNo * post.every)) continue;
      const id = `${prefix}-${(carers.length + 1).toString().padStart(3, '0')}`;
      const random = world.fork(`caregiver/${postNo}/${en}`);
      const gender: Gender = random.chance(post.role === 'property_staff' ? 0.2 : 0.75) ? 'female' : 'male';
      const caregiver: CaregiverBody = {
        id,
        name: youngName(random, gender),
        role: post.role,
        skills: post.skills,
        stars: random.weighted([
          [3, 3],
          [4, 4],
          [5, 2],
          [2, 1],
        ]),
        languages: random.chance(0.6) ? ['普通话', '粤语'] : ['普通话'],
        gender,
        postId: `post-${en.toLowerCase()}-${random.int(1, 30).toString().padStart(2, '0')}`,
        provider: post.provider(zh),
        ...placeIn(random, zh),
        phone: phoneNumber(random),
      };
      const shifts = post.weekly.map((weekly, turn) => ({
        id: `${id}-s${turn + 1}`,
        caregiverId: id,
        weekly,
      }));
      carers.push({ caregiver, shifts });
    }
  return carers;
}
