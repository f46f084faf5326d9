import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Lifecycle, type Part } from './lifecycle.ts';
import { silentLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';
import { drainOnSignals, EXIT_IMPATIENT } from './process-signals.ts';

const log = silentLog();

function setUp() {
  const clock = new ManualClock();
  const said: string[] = [];
  const part = (name: string, over: Part = {}): [string, Part] => [
    name,
    { start: () => void said.push(`+${name}`), stop: () => void said.push(`-${name}`), ...over },
  ];
  return { clock, said, part, lifecycle: new Lifecycle({ log, clock, stopWithinMs: 100 }) };
}
const never = () => new Promise<void>(() => undefined);
const fails = () => Promise.reject(new Error('no'));

describe('lifecycle', () => {
  test('parts start in order and stop in reverse', async () => {
    const { lifecycle, part, said } = setUp();
    lifecycle
      .add(...part('database'))
      .add(...part('broker'))
      .add('bare', {});
    await lifecycle.start();
    expect(await lifecycle.stop('test')).toEqual({ problems: [] });
    expect(said).toEqual(['+database', '+broker', '-broker', '-database']);
  });

  test('a failed start stops what has started and throws what the part threw', async () => {
    const { lifecycle, part, said } = setUp();
    lifecycle
      .add(...part('database'))
      .add(...part('broker', { start: fails }))
      .add(...part('http'));
    await expect(lifecycle.start()).rejects.toThrow('no');
    expect(said).toEqual(['+database', '-database']);
  });

  test('a part that hangs or fails while stopping does not keep the others from stopping', async () => {
    const { lifecycle, part, said, clock } = setUp();
    lifecycle
      .add(...part('database'))
      .add(...part('hangs', { stop: never }))
      .add(...part('fails', { stop: fails }));
    await lifecycle.start();
    const stopped = lifecycle.stop('test');
    await clock.advanceAsync(100);
    const { problems } = await stopped;
    expect(problems.map((problem) => problem.part)).toEqual(['fails', 'hangs']);
    expect(said.at(-1)).toBe('-database');
    expect(clock.pending).toBe(0);
  });

  test('a stop during the start waits for the part that is starting and starts no other', async () => {
    const { lifecycle, part, said, clock } = setUp();
    const begun = Promise.withResolvers<void>();
    lifecycle
      .add(...part('database'))
      .add(...part('slow', { start: () => begun.promise }))
      .add(...part('http'));
    const started = lifecycle.start();
    await clock.advanceAsync(0);
    const stopped = lifecycle.stop('test');
    begun.resolve();
    await Promise.all([started, stopped]);
    expect(said).toEqual(['+database', '-slow', '-database']);
    expect(lifecycle.stopping).toBe(true);
  });

  test('a part that never comes up does not hold a stop for ever', async () => {
    const { lifecycle, part, said, clock } = setUp();
    lifecycle.add(...part('database')).add(...part('slow', { start: never }));
    void lifecycle.start();
    await clock.advanceAsync(0);
    const stopped = lifecycle.stop('test');
    await clock.advanceAsync(100);
    expect((await stopped).problems.map((problem) => problem.part)).toEqual(['slow']);
    expect(said).toEqual(['+database', '-database']);
  });

  test('two stops are one', async () => {
    const { lifecycle, part, said } = setUp();
    lifecycle.add(...part('database'));
    await lifecycle.start();
    await Promise.all([lifecycle.stop('a'), lifecycle.stop('b')]);
    expect(said).toEqual(['+database', '-database']);
  });
});

describe('signals', () => {
  async function running(over: Part = {}) {
    const { lifecycle, part, clock, said } = setUp();
    const source = new EventEmitter();
    const exits: number[] = [];
    const ignore = drainOnSignals(lifecycle, { source, exit: (code) => exits.push(code), clock, log });
    lifecycle.add(...part('broker', over));
    await lifecycle.start();
    return { source, exits, clock, said, ignore };
  }

  test.each(['SIGTERM', 'SIGINT'])('%s drains, then exits with 0', async (signal) => {
    const { source, exits, clock, said } = await running();
    source.emit(signal);
    await clock.advanceAsync(0);
    expect([said, exits]).toEqual([['+broker', '-broker'], [0]]);
  });

  test('a drain that did not go in order exits with 1', async () => {
    const { source, exits, clock } = await running({ stop: fails });
    source.emit('SIGTERM');
    await clock.advanceAsync(0);
    expect(exits).toEqual([1]);
  });

  test('a second signal exits at once', async () => {
    const { source, exits, clock } = await running({ stop: never });
    source.emit('SIGTERM');
    clock.set(clock.now() + 1000);
    source.emit('SIGINT');
    expect(exits).toEqual([EXIT_IMPATIENT]);
  });

  test('the same Ctrl-C, passed on once more by npm, is no second signal', async () => {
    const { source, exits, clock, said } = await running();
    source.emit('SIGINT');
    source.emit('SIGINT');
    await clock.advanceAsync(0);
    expect([said, exits]).toEqual([['+broker', '-broker'], [0]]);
  });

  test('it can stop listening', async () => {
    const { source, ignore } = await running();
    ignore();
    expect(source.eventNames()).toEqual([]);
  });
});
