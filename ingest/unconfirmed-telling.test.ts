import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.ts';
import {
  type UnconfirmedNotice,
  unconfirmedNoticeSchema,
  type UnconfirmedPress,
} from '../schemas/unconfirmed.ts';
import { noticeText, TELL_AGAIN_MS, tellUnconfirmed } from './unconfirmed-telling.ts';

const press = (n: number): UnconfirmedPress => ({
  homeId: `h${n}`,
  deviceId: '按钮',
  street: '莲花街道',
  receivedAt: '2026-01-12T00:00:00.000Z',
});

it('what waits is told at every change and again while it waits; that nothing waits any more, twice', () => {
  const clock = new ManualClock();
  let waiting = [press(1)];
  let changed = (): void => undefined;
  const said: UnconfirmedNotice[] = [];
  const telling = tellUnconfirmed({
    source: { current: () => waiting, subscribe: (listener) => ((changed = listener), () => undefined) },
    ways: [{ mostBytes: 1_000, say: (text) => void said.push(JSON.parse(text)), close: () => undefined }],
    from: 'p',
    clock,
  });
  const counts = (): number[] => said.splice(0).map(({ items }) => items.length);
  clock.advance(60_000);
  expect(counts()).toEqual([]);
  changed();
  clock.advance(2 * TELL_AGAIN_MS);
  expect(said.map(({ no }) => no)).toEqual([1, 2, 3]);
  expect(counts()).toEqual([1, 1, 1]);
  waiting = [];
  changed();
  clock.advance(60_000);
  expect(counts()).toEqual([0, 0]);
  waiting = [press(2)];
  changed();
  telling.stop();
  clock.advance(60_000);
  expect(counts()).toEqual([1, 0]);
});

it('a notice holds as many of the oldest as fit, and the number of the others', () => {
  const all = Array.from({ length: 5_000 }, (_, n) => press(n));
  for (const mostBytes of [200, 7_900, 256 * 1024]) {
    const text = noticeText({ from: 'p', no: 1 }, all, mostBytes);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(mostBytes);
    const { items, more } = unconfirmedNoticeSchema.parse(JSON.parse(text));
    expect(items.length + more).toBe(5_000);
    expect(items).toEqual(all.slice(0, items.length));
  }
  expect(JSON.parse(noticeText({ from: 'p', no: 1 }, all, 7_900)).items.length).toBeGreaterThan(50);
});
