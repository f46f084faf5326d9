import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../platform/manual-clock.ts';
import { TaskTimer } from './task-timer.ts';

function timer() {
  const clock = new ManualClock();
  const done: string[] = [];
  const tasks = new TaskTimer(clock, (key, error) => done.push(`${key} failed: ${String(error)}`));
  const note = (what: string) => () => {
    done.push(what);
    return Promise.resolve();
  };
  return { clock, done, tasks, note };
}

describe('what people are about to do', () => {
  it('happens once, after its delay, however often it is asked for', async () => {
    const { clock, done, tasks, note } = timer();
    tasks.after('a', 'acknowledge', 100, note('first'));
    await clock.advanceAsync(60);
    tasks.after('a', 'acknowledge', 100, note('second'));
    await clock.advanceAsync(200);
    expect(done).toEqual(['first']);
  });

  it('gives way to something else under the same key, or to nothing', async () => {
    const { clock, done, tasks, note } = timer();
    tasks.after('a', 'acknowledge', 10_000, note('late'));
    tasks.after('a', 'resolve', 10, note('resolve'));
    tasks.after('b', 'acknowledge', 10, note('never'));
    tasks.forget('b');
    await clock.advanceAsync(20_000);
    expect(done).toEqual(['resolve']);
  });

  it('may be asked for again when it has failed', async () => {
    const { clock, done, tasks, note } = timer();
    tasks.after('a', 'x', 1, () => Promise.reject(new Error('409')));
    await clock.advanceAsync(5);
    tasks.after('a', 'x', 1, note('again'));
    await clock.advanceAsync(5);
    expect(done).toEqual(['a failed: Error: 409', 'again']);
  });

  it('does not begin after the stop, which waits for what runs', async () => {
    const { clock, done, tasks, note } = timer();
    const { promise, resolve } = Promise.withResolvers<void>();
    tasks.after('a', 'x', 1, async () => {
      await promise;
      done.push('ran to its end');
    });
    tasks.after('b', 'x', 100, note('too late'));
    await clock.advanceAsync(5);
    const stopped = tasks.stop();
    tasks.after('c', 'x', 1, note('after the stop'));
    resolve();
    await stopped;
    await clock.advanceAsync(500);
    expect(done).toEqual(['ran to its end']);
  });
});
