import { describe, expect, test, vi } from 'vitest';
import { systemClock, wait } from './clock.ts';
import { ManualClock } from './manual-clock.ts';

describe('ManualClock', () => {
  test('timers fire in order of time, then of setting, each at its own time', () => {
    const clock = new ManualClock(1000);
    const fired: string[] = [];
    clock.setTimer(20, () => fired.push(`b@${clock.now()}`));
    clock.setTimer(10, () => fired.push(`a@${clock.now()}`));
    clock.setTimer(20, () => fired.push(`c@${clock.now()}`));
    clock.setTimer(21, () => fired.push('too late'));
    clock.advance(20);
    expect(fired).toEqual(['a@1010', 'b@1020', 'c@1020']);
    expect([clock.now(), clock.pending, clock.nextAt]).toEqual([1020, 1, 1021]);
  });

  test('a timer set by a timer fires in the same advance if it falls due', () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    const again = () => {
      fired.push(clock.now());
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);
    clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
  });

  test('a cancelled timer does not fire', () => {
    const clock = new ManualClock(0);
    const fn = vi.fn();
    const cancel = clock.setTimer(1, fn);
    cancel();
    cancel();
    clock.advance(10);
    expect(fn).not.toHaveBeenCalled();
  });

  test('advanceAsync lets a loop of waits run', async () => {
    const clock = new ManualClock(0);
    const seen: number[] = [];
    const loop = async () => {
      for (let i = 0; i < 3; i++) {
        await wait(clock, 5);
        seen.push(clock.now());
      }
    };
    const done = loop();
    await clock.advanceAsync(15);
    await done;
    expect(seen).toEqual([5, 10, 15]);
  });
});

describe('systemClock', () => {
  test('a wait longer than Node can time in one piece does not fire at once', () => {
    vi.useFakeTimers();
    try {
      const fn = vi.fn();
      systemClock.setTimer(2 ** 31 + 5, fn);
      vi.advanceTimersByTime(2 ** 31 + 4);
      expect(fn).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(fn).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a cancelled timer does not fire', () => {
    vi.useFakeTimers();
    try {
      const fn = vi.fn();
      systemClock.setTimer(5, fn)();
      vi.advanceTimersByTime(10);
      expect(fn).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });
});
