import { expect, it } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import { ManualClock } from '../../platform/manual-clock.ts';
import type { UnconfirmedPress } from '../../schemas/unconfirmed.ts';
import { FORGOTTEN_AFTER_MS, UnconfirmedEverywhere } from './everywhere.ts';

const press = (homeId: string, minute: number, street: string | null = '莲花'): UnconfirmedPress => ({
  homeId,
  deviceId: 'b',
  street,
  receivedAt: `2026-01-12T00:0${minute}:00.000Z`,
});
function heard(here: UnconfirmedPress[] = []) {
  const clock = new ManualClock();
  const everywhere = new UnconfirmedEverywhere({
    here: { current: () => here, subscribe: () => () => undefined },
    me: 'me',
    clock,
    log: silentLog(),
  });
  const told: string[][] = [];
  everywhere.subscribe(() => void told.push(everywhere.current().map(({ homeId }) => homeId)));
  const hear = (from: string, no: number, items: UnconfirmedPress[], more = 0): void =>
    everywhere.hear(JSON.stringify({ from, no, items, more }));
  return { clock, everywhere, told, hear };
}

it('a press that waits in two processes is shown once, the oldest first, with the street that one of them knows', () => {
  const { everywhere, hear } = heard([press('h3', 3)]);
  hear('broker', 1, [press('h1', 1, null), press('h2', 2)]);
  hear('ingest', 1, [press('h1', 1)], 5);
  expect(everywhere.current()).toEqual([press('h1', 1), press('h2', 2), press('h3', 3)]);
  expect(everywhere.more()).toBe(5);
});

it('whoever listens is told when other processes are no longer heard, and when they are again', () => {
  const { everywhere, told } = heard();
  everywhere.setUnheard(true);
  expect(everywhere.unheard()).toBe(true);
  everywhere.setUnheard(false);
  expect(everywhere.unheard()).toBe(false);
  expect(told).toHaveLength(2);
});

it('a notice that comes late, or says the same again, changes nothing', () => {
  const { everywhere, told, hear } = heard();
  hear('broker', 2, [press('h1', 1)]);
  hear('broker', 2, [press('h1', 1)]);
  hear('broker', 3, [press('h1', 1)]);
  hear('broker', 4, []);
  hear('broker', 1, [press('h1', 1)]);
  hear('me', 9, [press('h9', 1)]);
  everywhere.hear('{"from":');
  everywhere.hear('{"from":"broker","no":99,"items":[{"homeId":1}],"more":0}');
  expect(told).toEqual([['h1'], []]);
});

it('what a process told that is heard no more is forgotten', () => {
  const { clock, told, hear } = heard();
  hear('broker', 1, [press('h1', 1)]);
  clock.advance(FORGOTTEN_AFTER_MS - 1);
  hear('broker', 2, [press('h1', 1)]);
  clock.advance(FORGOTTEN_AFTER_MS - 1);
  expect(told).toEqual([['h1']]);
  clock.advance(1);
  expect(told).toEqual([['h1'], []]);
});
