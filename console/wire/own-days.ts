import { computed, shallowRef, watch } from 'vue';
import type { ComputedRef } from 'vue';
import { dateAfter, localDateOf } from '../model/day-plan.ts';
import type { CaregiverDay } from '../model/day-plan.ts';
import type { Order } from '../model/api-types.ts';
import type { Api } from './api.ts';
import type { Clock } from './clock.ts';
import { keep, kept } from './kept.ts';
import { createLatest } from './latest.ts';

export const DAYS_KEY = 'yinling.h5.days';

/** What is planned for her, today and tomorrow: asked anew when her orders or the day change, kept while there is no network. */
export interface OwnDays {
  /** The local date it is now, `2026-11-23`. */
  today: ComputedRef<string>;
  days: ComputedRef<CaregiverDay[]>;
  forget: () => void;
}

export function createOwnDays(
  api: Api,
  clock: Clock,
  { me, orders, online }: { me: () => string; orders: () => readonly Order[]; online: () => boolean },
): OwnDays {
  const today = computed(() => localDateOf(clock.tick.value));
  const known = shallowRef<CaregiverDay[]>(kept<CaregiverDay[]>(DAYS_KEY) ?? []);
  const latest = createLatest();
  const booked = computed(() =>
    orders()
      .map((o) => `${o.id} ${o.version} ${o.state}`)
      .sort()
      .join('\n'),
  );
  const load = async (): Promise<void> => {
    const id = me();
    if (id === '' || !online()) return;
    const dates = [today.value, dateAfter(today.value, 1)];
    await latest.ask(
      (signal) =>
        Promise.all(
          dates.map((date) =>
            api.call('GET /caregivers/{id}/day', { params: { id }, query: { date } }, signal),
          ),
        ),
      (answers) => {
        const got = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
        // Half of it would look as if the other half were free.
        if (got.length < dates.length) return;
        known.value = got;
        keep(DAYS_KEY, got);
      },
    );
  };
  watch([me, online, today, booked], load, { immediate: true });
  return {
    today,
    days: computed(() => known.value.filter((d) => d.caregiverId === me() && d.date >= today.value)),
    forget() {
      latest.drop();
      known.value = [];
      keep(DAYS_KEY, null);
    },
  };
}
