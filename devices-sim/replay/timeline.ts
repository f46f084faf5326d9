import type { RecordedEvent, Recording } from '../datasets/dataset.ts';

/** How recorded time becomes ours. */
export interface Timing {
  /** Recorded time passes so many times faster. */
  speed: number;
  /** `sent`: an event is dated when it is sent; `recorded`: its distance from the others stays as recorded, the last one now. */
  dated: 'sent' | 'recorded';
  /** Only the first so many ms of the recording. */
  spanMs: number;
}

export interface Cue {
  /** After the start of the replay, ms. */
  afterMs: number;
  /** `ts` of the message, ms since the epoch; undefined: the time of sending. */
  ts: number | undefined;
  recording: string;
  event: RecordedEvent;
}

/** All recordings side by side, each from its own beginning, as cues in order of time. */
export function timeline(recordings: readonly Recording[], timing: Timing, startedAt: number): Cue[] {
  const offsets = recordings.flatMap((recording) => {
    const beginsAt = recording.events[0]?.atMs ?? 0;
    return recording.events
      .map((event) => ({ recording: recording.name, event, offsetMs: event.atMs - beginsAt }))
      .filter(({ offsetMs }) => offsetMs <= timing.spanMs);
  });
  const last = offsets.reduce((most, { offsetMs }) => Math.max(most, offsetMs), 0);
  const endsAt = startedAt + last / timing.speed;
  return offsets
    .map(({ recording, event, offsetMs }) => ({
      afterMs: offsetMs / timing.speed,
      ts: timing.dated === 'recorded' ? Math.round(endsAt - (last - offsetMs)) : undefined,
      recording,
      event,
    }))
    .sort((a, b) => a.afterMs - b.afterMs);
}
