import { describe, expect, it } from 'vitest';
import { SleepingSessions } from './sleeping-sessions.ts';

describe('sleeping sessions', () => {
  it('beyond the bound of a credential are given up, the longest asleep first', () => {
    const sessions = new SleepingSessions(2);
    expect(['a', 'b', 'a', 'c'].map((clientId) => sessions.sleep('d', clientId))).toEqual([
      undefined,
      undefined,
      undefined,
      'b',
    ]);
    expect(sessions.sleep('other', 'x')).toBeUndefined();
  });

  it('that wake are no longer counted', () => {
    const sessions = new SleepingSessions(1);
    sessions.sleep('d', 'a');
    sessions.wake('d', 'a');
    expect(sessions.sleep('d', 'b')).toBeUndefined();
  });
});
