import type { Intake } from '../../schemas/inbound.ts';
import { PartitionElsewhere } from '../sharing/partition-elsewhere.ts';

/** What comes in at the door of one of several workers: its own homes' at once, others' by way of their streams. */
export const routedIntake = (local: Intake, remote: Intake): Intake => ({
  accept: (message) =>
    local.accept(message).catch((error: unknown) => {
      if (error instanceof PartitionElsewhere) return remote.accept(message);
      throw error;
    }),
  get saturated() {
    return local.saturated || remote.saturated;
  },
});
