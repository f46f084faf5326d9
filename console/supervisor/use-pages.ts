import { computed, onBeforeUnmount, shallowRef } from 'vue';
import type { ComputedRef, ShallowRef } from 'vue';
import type { Page } from '../model/api-types.ts';
import type { Api, Query } from '../wire/api.ts';
import { createLatest } from '../wire/latest.ts';

/** A list read page by page; asking anew drops what an earlier question still brings. */
export interface Pages<T> {
  items: ShallowRef<T[]>;
  state: ShallowRef<'loading' | 'ready' | 'failed'>;
  more: ComputedRef<boolean>;
  ask: (query: Query) => Promise<void>;
  next: () => Promise<void>;
}
const LIMIT = 100;

export function usePages<T>(api: Api, path: string): Pages<T> {
  const items = shallowRef<T[]>([]);
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading');
  const cursor = shallowRef<string | null>(null);
  const latest = createLatest();
  let last: Query = {};
  const read = async (append: boolean): Promise<void> => {
    state.value = 'loading';
    const query = { limit: LIMIT, ...last, cursor: append ? (cursor.value ?? undefined) : undefined };
    await latest.ask(
      (signal) => api.get<Page<T>>(path, query, signal),
      (answer) => {
        state.value = answer.ok ? 'ready' : 'failed';
        if (!answer.ok) return;
        items.value = append ? [...items.value, ...answer.value.items] : answer.value.items;
        cursor.value = answer.value.nextCursor;
      },
    );
  };
  onBeforeUnmount(latest.drop);
  return {
    items,
    state,
    more: computed(() => cursor.value !== null),
    ask(query) {
      last = query;
      return read(false);
    },
    next: () => read(true),
  };
}
