import { hash } from 'node:crypto';
import type { InboundMessage } from '../../schemas/inbound.ts';
import { homeOf } from '../decode/address.ts';

/**
 * Homes belong to one of so many partitions, for good: the number stands in the names of streams, in rows and in
 * `home_partition` (0151_partitions.sql). So many workers at most share one database.
 */
export const PARTITIONS = 16;
/** No home's: whoever has it does what is done once a database. */
export const DUTY = 16;
export const EVERY_PARTITION: readonly number[] = Array.from({ length: PARTITIONS }, (_, no) => no);

/** All of them, a bit for each. */
export const EVERY_HOME = 2 ** PARTITIONS - 1;

/** As `home_partition` of the database. */
export const partitionOf = (homeId: string): number => (hash('sha256', homeId, 'buffer')[0] ?? 0) & 15;

/** A message of no home goes by who sent it: it is a dead letter in any case, and only once. */
export const partitionOfMessage = (message: InboundMessage): number =>
  partitionOf(homeOf(message) ?? message.principal.id);

/** A bit for each. */
export const maskOf = (partitions: Iterable<number>): number => {
  let mask = 0;
  for (const no of partitions) mask |= 1 << no;
  return mask;
};
export const partitionsIn = (mask: number): number[] =>
  EVERY_PARTITION.filter((no) => ((mask >> no) & 1) === 1);
