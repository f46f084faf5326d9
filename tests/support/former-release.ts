/**
 * The release before this one: what an installation runs while it is upgraded. Moved on with every release
 * (docs/release.md).
 */
export const FORMER_RELEASE = {
  commit: 'b2edade9cb2bf3467eb85171aa51b6063e88bd8e',
  lastMigration: '0055_canary.sql',
} as const;
