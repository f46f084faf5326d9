import { describe, expect, it } from 'vitest';
import { streamOffences } from './stream-seen.ts';

const record = {
  who: 'operator-0',
  from: 5,
  seen: [6, 7],
  resets: 0,
  connections: 2,
  disorder: [],
};

describe('what an operator was shown', () => {
  it('is everything that was published since it listened, and nothing is said', () => {
    expect(streamOffences(record, [3, 4, 5, 6, 7])).toEqual([]);
  });

  it('chaos seed 12: nothing, where nothing was published since, is no offence', () => {
    expect(streamOffences({ ...record, seen: [] }, [4, 5])).toEqual([]);
  });

  it('chaos seed 12: nothing, where something was published or it never listened, is one, with how far it came', () => {
    expect(streamOffences({ ...record, seen: [] }, [5, 6])).toEqual([
      'operator-0 was not shown 1 of the events after 5: 6 (0 seen, the last none, 2 connections)',
    ]);
    expect(streamOffences({ ...record, seen: [], from: -1, connections: 0 }, [1])).toEqual([
      'operator-0 never got onto the stream, in 0 connections',
    ]);
  });

  it('ends with the last event there is, not with the last that it saw', () => {
    expect(streamOffences(record, [6, 7, 8])).toHaveLength(1);
    expect(streamOffences({ ...record, seen: [6, 8] }, [6, 7, 8])).toHaveLength(1);
  });

  it('never goes back, and never begins anew within minutes', () => {
    expect(streamOffences({ ...record, disorder: ['6 after 7'], resets: 1 }, [6, 7])).toHaveLength(2);
  });
});
