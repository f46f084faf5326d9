import { customRef, ref, watch } from 'vue';
import type { Ref } from 'vue';

const PREFIX = 'yinling.draft.';

/** Something being typed, kept for the tab: a reload, a re-login or a look at another alarm loses nothing. */
export function readDraft(key: string): string {
  try {
    return sessionStorage.getItem(PREFIX + key) ?? '';
  } catch {
    return '';
  }
}
export function writeDraft(key: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, text);
  } catch {
    // Storage full or forbidden: the text is still in the field.
  }
}

/** A text ref that lives under `key()`; when the key changes, the other key's draft comes up. */
export function useDraft(key: () => string): Ref<string> {
  const text = ref(readDraft(key()));
  watch(key, (next) => (text.value = readDraft(next)));
  return customRef(() => ({
    get: () => text.value,
    set: (next: string) => {
      text.value = next;
      writeDraft(key(), next);
    },
  }));
}
