import { baseline } from './baseline.ts';
import type { AnyDetector } from './detector.ts';
import { deviceFault } from './device-fault.ts';
import { deviceOffline } from './device-offline.ts';
import { fallMotion } from './fall-motion.ts';
import { fall } from './fall.ts';
import { inactivity } from './inactivity.ts';
import { lowBattery } from './low-battery.ts';
import { overstay } from './overstay.ts';
import { reply } from './reply.ts';
import { serviceRequest } from './service-request.ts';
import { selfTest } from './self-test.ts';
import { sos } from './sos.ts';
import { vitals } from './vitals.ts';
import { wandering } from './wandering.ts';

/** Every way of seeing an emergency, in the order in which they look. What calls for help comes first. */
export const DETECTORS: readonly AnyDetector[] = [
  sos,
  serviceRequest,
  reply,
  fall,
  fallMotion,
  vitals,
  baseline,
  wandering,
  inactivity,
  overstay,
  deviceOffline,
  deviceFault,
  selfTest,
  lowBattery,
];
