import { computed, shallowRef } from 'vue';
import type { ComputedRef, ShallowRef } from 'vue';
import type { Handover } from '../model/api-types.ts';
import type { Answer, Api } from './api.ts';
import { keep, kept } from './kept.ts';
import { createLatest } from './latest.ts';

/** What the shift before has left. A note of somebody else's counts as unread until the page with it was opened. */
export interface Handovers {
  notes: ShallowRef<readonly Handover[]>;
  unread: ComputedRef<readonly Handover[]>;
  load: () => Promise<void>;
  leave: (text: string) => Promise<Answer<Handover>>;
  markRead: () => void;
  forget: () => void;
}
const KEY = 'yinling.handover.read';
const SHOWN = 10;
/** What is older than two shifts is history, not news. */
const NEWS_MS = 24 * 3_600_000;

export function createHandovers(api: Api, me: ComputedRef<string>, now: () => number): Handovers {
  const notes = shallowRef<readonly Handover[]>([]);
  const read = shallowRef(kept<Record<string, number>>(KEY) ?? {});
  const latest = createLatest();
  return {
    notes,
    unread: computed(() =>
      notes.value.filter(
        (n) => n.by !== me.value && n.id > (read.value[me.value] ?? 0) && now() - Date.parse(n.at) < NEWS_MS,
      ),
    ),
    async load() {
      await latest.ask(
        (signal) => api.call('GET /handovers', { query: { limit: SHOWN } }, signal),
        (answer) => {
          if (answer.ok) notes.value = answer.value.items;
        },
      );
    },
    async leave(text) {
      const answer = await api.call('POST /handovers', { body: { text } });
      if (!answer.ok) return answer;
      // A list asked for before does not know of it.
      latest.drop();
      notes.value = [answer.value, ...notes.value].slice(0, SHOWN);
      return answer;
    },
    markRead() {
      const newest = notes.value[0]?.id ?? 0;
      if (newest <= (read.value[me.value] ?? 0)) return;
      read.value = { ...read.value, [me.value]: newest };
      keep(KEY, read.value);
    },
    forget() {
      latest.drop();
      notes.value = [];
    },
  };
}
