import { shallowReactive } from 'vue';
import type { Caregiver, Device, Home, Page, Resident } from '../model/api-types.ts';
import type { Answer, Api } from './api.ts';
import { newerOf } from './latest.ts';

/**
 * Who lives where: homes, residents and caregivers looked up by id as they come into view, and kept for the shift.
 * Personal data is asked for only when it is about to be seen; every look is the service's to record.
 */
export interface Directory {
  homes: ReadonlyMap<string, Home>;
  residents: ReadonlyMap<string, Resident>;
  residentsOfHome: ReadonlyMap<string, Resident[]>;
  devicesOfHome: ReadonlyMap<string, Device[]>;
  caregivers: ReadonlyMap<string, Caregiver>;
  wantHome: (id: string) => void;
  wantResident: (id: string) => void;
  wantHousehold: (homeId: string) => void;
  wantDevices: (homeId: string) => void;
  wantCaregiver: (id: string) => void;
  /** A resident changed by a command of ours. */
  learn: (resident: Resident) => void;
  caregiverName: (id: string) => string | undefined;
  forget: () => void;
}

/** At most so many look-ups at a time: a scroll through 500 rows must not queue in front of an acknowledgement. */
const AT_ONCE = 4;
/** After a failure, not at every repaint again. */
const AGAIN_MS = 10_000;
const FRESH_MS = 5 * 60_000;

export function createDirectory(api: Api): Directory {
  const homes = shallowReactive(new Map<string, Home>());
  const residents = shallowReactive(new Map<string, Resident>());
  const residentsOfHome = shallowReactive(new Map<string, Resident[]>());
  const devicesOfHome = shallowReactive(new Map<string, Device[]>());
  const caregivers = shallowReactive(new Map<string, Caregiver>());
  const asked = new Map<string, number>();
  const queue: (() => Promise<void>)[] = [];
  let running = 0;
  /** Grows with every `forget`: what was asked for before is not for whoever sits here now. */
  let sitting = 0;

  const pump = (): void => {
    while (running < AT_ONCE) {
      // The latest wish first: what is on screen now, not what was scrolled past.
      const job = queue.pop();
      if (!job) return;
      running += 1;
      void job().finally(() => {
        running -= 1;
        pump();
      });
    }
  };
  const want = <T>(key: string, ask: () => Promise<Answer<T>>, store: (value: T) => void): void => {
    const now = performance.now();
    if ((asked.get(key) ?? -Infinity) > now) return;
    asked.set(key, Infinity);
    const asker = sitting;
    queue.push(async () => {
      const answer = await ask();
      if (asker !== sitting) return;
      const lost = !answer.ok && answer.kind !== 'not_found' && answer.kind !== 'forbidden';
      asked.set(key, performance.now() + (lost ? AGAIN_MS : FRESH_MS));
      if (answer.ok) store(answer.value);
    });
    pump();
  };
  /** A look-up that was on its way while something was changed here must not undo it. */
  const know = (resident: Resident): void => {
    const now = newerOf(residents.get(resident.id), resident);
    residents.set(resident.id, now);
    const here = residentsOfHome.get(resident.homeId);
    if (here)
      residentsOfHome.set(
        resident.homeId,
        here.map((r) => (r.id === resident.id ? now : r)),
      );
  };
  return {
    homes,
    residents,
    residentsOfHome,
    devicesOfHome,
    caregivers,
    wantHome: (id) =>
      want<Home>(
        `h/${id}`,
        () => api.call('GET /homes/{id}', { params: { id } }),
        (h) => homes.set(id, newerOf(homes.get(id), h)),
      ),
    wantResident: (id) =>
      want<Resident>(
        `r/${id}`,
        () => api.call('GET /residents/{id}', { params: { id } }),
        (r) => know(r),
      ),
    wantHousehold: (homeId) =>
      want<Page<Resident>>(
        `hr/${homeId}`,
        () => api.call('GET /residents', { query: { homeId, limit: 20 } }),
        (page) => {
          // A service that does not know the filter answers with everybody.
          const here = page.items.filter((r) => r.homeId === homeId);
          for (const r of here) know(r);
          residentsOfHome.set(
            homeId,
            here.map((r) => residents.get(r.id) ?? r),
          );
        },
      ),
    wantDevices: (homeId) =>
      want<Page<Device>>(
        `d/${homeId}`,
        () => api.call('GET /devices', { query: { homeId, limit: 100 } }),
        (page) =>
          devicesOfHome.set(
            homeId,
            page.items.filter((d) => d.homeId === homeId),
          ),
      ),
    wantCaregiver: (id) =>
      want<Caregiver>(
        `c/${id}`,
        () => api.call('GET /caregivers/{id}', { params: { id } }),
        (c) => caregivers.set(id, newerOf(caregivers.get(id), c)),
      ),
    learn: know,
    caregiverName: (id) => caregivers.get(id)?.name,
    forget() {
      sitting += 1;
      for (const map of [homes, residents, residentsOfHome, devicesOfHome, caregivers]) map.clear();
      asked.clear();
      queue.length = 0;
    },
  };
}
