import { sisfallTrials, wedaTrials, type MotionTrial, type WedaClock } from './motion-trials.ts';
import { hasRecording, recordingText } from './recordings.ts';

export const sisfall = (): MotionTrial[] =>
  hasRecording('sisfall')
    ? sisfallTrials(recordingText('sisfall', 'trials.csv'), recordingText('sisfall', 'adxl345_50hz.csv.gz'))
    : [];

export function weda(clock: WedaClock): MotionTrial[] {
  if (!hasRecording('weda-fall')) return [];
  return wedaTrials(
    recordingText('weda-fall', 'trials.csv'),
    recordingText('weda-fall', 'accel_50hz.csv.gz'),
    clock,
  );
}

/** All that the fall model may learn from. */
export const recordedTrials = (): MotionTrial[] => [...sisfall(), ...weda('rows'), ...weda('stamps')];
