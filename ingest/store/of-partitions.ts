import { EVERY_HOME } from '../sharing/partitions.ts';

/** SQL, of a table with `home_no`: only rows of these partitions' homes (bit by partition); nothing if that is all. */
export const andOf = (partitions: number): string =>
  partitions === EVERY_HOME
    ? ''
    : `and home_no in (select no from homes where (${partitions} >> home_partition(id)) & 1 = 1)`;
