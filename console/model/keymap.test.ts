import { describe, expect, it } from 'vitest';
import { keyCommand } from './keymap.ts';
import type { KeyPress } from './keymap.ts';

const press = (key: string, patch: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  typing: false,
  onControl: false,
  ...patch,
});
const plain = { picking: false, dialog: false };

describe('keys', () => {
  it('mean commands, in either case', () => {
    expect(['j', 'K', 'a', 'D', '/', '?'].map((k) => keyCommand(press(k), plain))).toEqual([
      'next',
      'previous',
      'acknowledge',
      'dispatch',
      'search',
      'help',
    ]);
  });

  it('mean nothing while somebody types, composes, or speaks to the browser', () => {
    for (const patch of [
      { typing: true },
      { isComposing: true },
      { ctrlKey: true },
      { metaKey: true },
      { altKey: true },
    ])
      expect(keyCommand(press('a', patch), plain)).toBeUndefined();
  });

  it('leave Escape to whoever types, too', () => {
    expect(keyCommand(press('Escape', { typing: true }), plain)).toBe('escape');
  });

  it('pick a candidate by digit only after D', () => {
    expect(keyCommand(press('3'), plain)).toBeUndefined();
    expect(keyCommand(press('3'), { picking: true, dialog: false })).toEqual({ pick: 3 });
    expect(keyCommand(press('0'), { picking: true, dialog: false })).toBeUndefined();
  });

  it('leave Enter to a focused button, and everything to an open dialog', () => {
    expect(keyCommand(press('Enter', { onControl: true }), plain)).toBeUndefined();
    expect(keyCommand(press('a'), { picking: false, dialog: true })).toBeUndefined();
  });
});
