import { describe, expect, it } from 'vitest';
import { presence, type Recording } from '../datasets/dataset.ts';
import { timeline } from './timeline.ts';

const MINUTE_MS = 60_000;
const recording = (name: string, ...atMin: number[]): Recording => ({
  name,
  sensors: [{ sensor: 'p', kind: 'pir', zone: 'bathroom' }],
  events: atMin.map((minute) => presence(minute * MINUTE_MS, 'p', 'pir', 'bathroom', true)),
});
const NOW = 1_000_000_000;

describe('replay', () => {
  it('passes recorded time so many times faster', () => {
    const cues = timeline(
      [recording('a', 600, 601, 610)],
      { speed: 60, dated: 'sent', spanMs: Infinity },
      NOW,
    );
    expect(cues.map((cue) => [cue.afterMs, cue.ts])).toEqual([
      [0, undefined],
      [1_000, undefined],
      [10_000, undefined],
    ]);
  });

  it('keeps recorded distances when asked to, the last event at the end of the replay', () => {
    const cues = timeline(
      [recording('a', 600, 601, 610)],
      { speed: 60, dated: 'recorded', spanMs: Infinity },
      NOW,
    );
    const end = NOW + 10_000;
    expect(cues.map((cue) => cue.ts)).toEqual([end - 10 * MINUTE_MS, end - 9 * MINUTE_MS, end]);
  });

  it('lets several recordings begin together and cuts them at the span', () => {
    const cues = timeline(
      [recording('a', 0, 5), recording('b', 100, 101, 200)],
      { speed: 1, dated: 'sent', spanMs: 5 * MINUTE_MS },
      NOW,
    );
    expect(cues.map((cue) => `${cue.recording} ${cue.afterMs / MINUTE_MS}`)).toEqual([
      'a 0',
      'b 0',
      'b 1',
      'a 5',
    ]);
  });
});
