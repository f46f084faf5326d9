/**
 * The operator's keys (console.md). A key counts only when nobody types: not in a field, not while an input method
 * composes, not with Ctrl/Alt/Meta, which belong to the browser.
 */
export type KeyCommand =
  | 'next'
  | 'previous'
  | 'open'
  | 'acknowledge'
  | 'dispatch'
  | 'resolve'
  | 'escalate'
  | 'note'
  | 'call'
  | 'prompt'
  | 'ambulance'
  | 'search'
  | 'help'
  | 'show_new'
  | 'escape'
  | { pick: number };

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  /** The focus is in a field, select or other thing that takes text. */
  typing: boolean;
  /** The focus is on a button or link, whose own Enter must go on working. */
  onControl: boolean;
}

const KEYS: Record<string, KeyCommand> = {
  j: 'next',
  arrowdown: 'next',
  k: 'previous',
  arrowup: 'previous',
  enter: 'open',
  a: 'acknowledge',
  d: 'dispatch',
  r: 'resolve',
  e: 'escalate',
  n: 'note',
  c: 'call',
  p: 'prompt',
  t: 'ambulance',
  '/': 'search',
  '?': 'help',
  '.': 'show_new',
};

/** `picking`: D was pressed, a digit chooses. `dialog`: one is open; only Escape passes, its fields do the rest. */
export function keyCommand(
  press: KeyPress,
  mode: { picking: boolean; dialog: boolean },
): KeyCommand | undefined {
  if (press.isComposing || press.ctrlKey || press.altKey || press.metaKey) return undefined;
  if (press.key === 'Escape') return 'escape';
  if (press.typing || mode.dialog) return undefined;
  if (mode.picking && /^[1-9]$/.test(press.key)) return { pick: Number(press.key) };
  const command = KEYS[press.key.toLowerCase()];
  if (command === 'open' && press.onControl) return undefined;
  return command;
}
