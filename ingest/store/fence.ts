/**
 * What a writer's transaction begins with: it holds off whoever would take over until it ends, and refuses a writer that
 * has been succeeded (0010_ingest.sql, 0151_partitions.sql).
 */
export interface Fence {
  readonly epoch: number;
  /** Those it writes in, bit by partition; undefined: the database is its own. */
  readonly partitions: number | undefined;
}

export const fenceCall = ({ epoch, partitions }: Fence): string =>
  partitions === undefined ? `ingest_fence(${epoch})` : `ingest_fence(${epoch}, ${partitions})`;
