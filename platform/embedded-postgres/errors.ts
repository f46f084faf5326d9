export type EmbeddedPostgresErrorCode =
  /** Another living service holds the database. */
  | 'in_use'
  /** The data are of another major version. */
  | 'other_major'
  /** No binaries for this platform, or they are not installed. */
  | 'no_package'
  /** The binaries are there but cannot run here. */
  | 'cannot_run'
  /** The data belong to another user, or no user is fit to run as. */
  | 'wrong_user'
  /** There can be no such folder. */
  | 'no_folder'
  /** The folder holds something that is no database of ours. */
  | 'not_ours'
  /** The server did not come up, or did not go down. */
  | 'server';

/** Why there is no embedded database; the message tells an administrator what to do. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
    this.code = code;
  }
}

export const errnoOf = (error: unknown): string | undefined => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
};
