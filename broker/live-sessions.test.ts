import { describe, expect, it } from 'vitest';
import { LiveSessions } from './live-sessions.ts';

const begin = (sessions: LiveSessions): number =>
  sessions.begin({ framed: { clientId: 'd1/c' }, credential: undefined, connection: {} } as never).epoch;

describe('sessions at several brokers', () => {
  it('of two that began in the same millisecond one is the later, and of two milliseconds the later', () => {
    let now = 1_795_524_330_620;
    const brokers = [0.9999, 0.25].map(
      (part) =>
        new LiveSessions(
          () => now,
          () => part,
        ),
    );
    const same = brokers.map(begin);
    expect(new Set(same).size).toBe(2);
    now += 1;
    for (const epoch of brokers.map(begin)) expect(epoch).toBeGreaterThan(Math.max(...same));
  });

  it('begin later than what was heard of, each by itself, though the clock is behind it', () => {
    const heard = 1_795_524_330_620.5;
    const brokers = [0, 0.25].map(
      (part) =>
        new LiveSessions(
          () => heard - 60_000,
          () => part,
        ),
    );
    for (const broker of brokers) broker.heard(heard);
    const epochs = brokers.map(begin);
    expect(Math.min(...epochs)).toBeGreaterThan(heard);
    expect(new Set(epochs).size).toBe(2);
    const [first = NaN] = brokers.map(begin);
    expect(first).toBeGreaterThan(Math.max(...epochs));
  });
});
