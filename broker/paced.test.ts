import { describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.ts';
import { Paced } from './paced.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is paced', () => {
  it('is done at once after a quiet time, and then for all who asked meanwhile, once in its time', async () => {
    const clock = new ManualClock();
    const doneAt: number[] = [];
    const begunAt = clock.now();
    const paced = new Paced(20, clock, () => doneAt.push(clock.now() - begunAt));
    paced.ask();
    paced.ask();
    await turn();
    expect(doneAt).toEqual([0]);
    for (let i = 0; i < 5; i++) paced.ask();
    await clock.advanceAsync(19);
    expect(doneAt).toEqual([0]);
    await clock.advanceAsync(100);
    expect(doneAt).toEqual([0, 20]);
    paced.ask();
    await turn();
    expect(doneAt).toEqual([0, 20, 119]);
  });

  it('is done now for who cannot wait, and not a second time for the same', async () => {
    const clock = new ManualClock();
    let done = 0;
    const paced = new Paced(20, clock, () => (done += 1));
    paced.hurry();
    expect(done).toBe(0);
    paced.ask();
    paced.hurry();
    expect(done).toBe(1);
    await clock.advanceAsync(50);
    expect(done).toBe(1);
  });

  it('is not done any more once it is stopped', async () => {
    const clock = new ManualClock();
    let done = 0;
    const paced = new Paced(20, clock, () => (done += 1));
    paced.ask();
    paced.stop();
    await clock.advanceAsync(50);
    expect(done).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
