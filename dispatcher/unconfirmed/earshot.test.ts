import { expect, it } from 'vitest';
import { ManualClock } from '../../platform/manual-clock.ts';
import { Earshot, ENDED_AFTER_MS, SHARED_SILENT_AFTER_MS, UNHEARD_AFTER_MS } from './earshot.ts';

function made() {
  const clock = new ManualClock();
  const changes: boolean[] = [];
  const earshot: Earshot = new Earshot(clock, () => void changes.push(earshot.lost));
  return { clock, changes, earshot };
}

it('neither Redis nor the database nor any process heard: presses may be unseen, until one of them is back', () => {
  const { clock, changes, earshot } = made();
  clock.advance(SHARED_SILENT_AFTER_MS);
  expect(earshot.lost).toBe(true);
  earshot.heardItself();
  expect(changes).toEqual([true, false]);
});

it('what is told straight is enough, as long as every process is heard', () => {
  const { clock, earshot } = made();
  earshot.heardStraight('broker-1');
  earshot.heardStraight('broker-2');
  for (let ms = 0; ms < 2 * SHARED_SILENT_AFTER_MS; ms += 2_000) {
    clock.advance(2_000);
    earshot.heardStraight('broker-1');
    earshot.heardStraight('broker-2');
  }
  expect(earshot.lost).toBe(false);
  for (let ms = 0; ms < UNHEARD_AFTER_MS; ms += 2_000) {
    clock.advance(2_000);
    earshot.heardStraight('broker-1');
  }
  expect(earshot.lost).toBe(true);
  earshot.left('broker-2');
  expect(earshot.lost).toBe(false);
});

it('a process that has ended without a word is forgotten while what all share goes on', () => {
  const { clock, earshot } = made();
  earshot.heardStraight('broker-1');
  earshot.heardStraight('broker-2');
  for (let ms = 0; ms < UNHEARD_AFTER_MS + ENDED_AFTER_MS; ms += 5_000) {
    clock.advance(5_000);
    earshot.heardItself();
    earshot.heardStraight('broker-1');
  }
  for (let ms = 0; ms < SHARED_SILENT_AFTER_MS; ms += 5_000) {
    clock.advance(5_000);
    earshot.heardStraight('broker-1');
  }
  expect(earshot.lost).toBe(false);
});
