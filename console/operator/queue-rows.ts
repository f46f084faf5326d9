import { computed, ref, shallowRef, watch } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import type { Alert } from '../model/api-types.ts';
import { holdRows } from '../model/frozen-list.ts';
import type { Held } from '../model/frozen-list.ts';
import type { Desk } from '../wire/desk.ts';

/** The queue's rows as painted: held still under the pointer, caught up when it leaves. */
export interface QueueRows {
  rows: ComputedRef<Alert[]>;
  /** New since the list is held, gravest first. */
  waiting: ComputedRef<Alert[]>;
  isGone: (id: string) => boolean;
  pointerInside: Ref<boolean>;
  scrolled: Ref<boolean>;
  /** Show what waits, now. */
  release: () => void;
}

export function createQueueRows(desk: Desk): QueueRows {
  const pointerInside = ref(false);
  const scrolled = ref(false);
  const held = shallowRef<Held>({ rows: [], waiting: [], gone: new Set() });
  const wanted = computed(() => desk.queue.value.map((a) => a.id));
  const update = (hold: boolean): void => void (held.value = holdRows(held.value.rows, wanted.value, hold));
  watch(wanted, () => update(pointerInside.value || scrolled.value), { immediate: true });
  watch([pointerInside, scrolled], ([inside, down]) => {
    if (!inside && !down) update(false);
  });
  // Another filter is another list: nothing of it was under the pointer.
  watch(
    () => ({ ...desk.view.filter }),
    () => update(false),
  );
  const alertsOf = (ids: readonly string[]): Alert[] => {
    const { alerts } = desk.live.state.value;
    return ids.flatMap((id) => alerts.get(id) ?? []);
  };
  return {
    rows: computed(() => alertsOf(held.value.rows)),
    waiting: computed(() => alertsOf(held.value.waiting)),
    isGone: (id) => held.value.gone.has(id),
    pointerInside,
    scrolled,
    release: () => update(false),
  };
}
