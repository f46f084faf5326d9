import { onBeforeUnmount, onMounted } from 'vue';
import { keyCommand } from '../model/keymap.ts';
import type { KeyCommand } from '../model/keymap.ts';

const TYPING =
  'input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]';

/** Hands key commands to `run`; a key that means nothing to us stays the browser's. */
export function useKeys(
  mode: () => { picking: boolean; dialog: boolean },
  run: (command: KeyCommand) => boolean,
): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    const command = keyCommand(
      {
        key: event.key,
        ctrlKey: event.ctrlKey,
        altKey: event.altKey,
        metaKey: event.metaKey,
        isComposing: event.isComposing,
        typing: target?.closest(TYPING) != null,
        onControl: target?.closest('button, a, summary, [role=button], label') != null,
      },
      mode(),
    );
    if (command !== undefined && run(command)) event.preventDefault();
  };
  onMounted(() => document.addEventListener('keydown', onKey));
  onBeforeUnmount(() => document.removeEventListener('keydown', onKey));
}
