import { backUpCommand, restoreCommand } from './backup-commands.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { moveCommand } from './move-command.ts';

/** A command that works on the service's own machine, by the service's environment, rather than through its API. */
export interface LocalCall {
  /** After the command's own. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the running service, where it is not where its environment says. */
  readonly url?: string | undefined;
}
export interface LocalAnswer {
  readonly ok: boolean;
  /** Printed: text as it is, anything else as JSON. */
  readonly answer: unknown;
}
export type LocalCommand = (call: LocalCall) => Promise<LocalAnswer>;

export const LOCAL_COMMANDS: Readonly<Record<string, LocalCommand | undefined>> = {
  backup: backUpCommand,
  restore: restoreCommand,
  move: moveCommand,
  doctor: doctorCommand,
};
