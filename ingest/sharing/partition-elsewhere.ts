import { IntakeClosed } from '../../schemas/inbound.ts';

/** The home is another worker's: that one is to be asked. */
export class PartitionElsewhere extends IntakeClosed {}
