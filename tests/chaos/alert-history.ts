import { isDeepStrictEqual } from 'node:util';
import type { AlertEvent } from '../../alerts/events.ts';
import type { FrozenPolicy } from '../../schemas/alert.ts';

/** An alert as it is stored: every change of it, and what its escalation has come to. */
export interface StoredAlert {
  readonly id: string;
  /** By version, each a list of events. */
  readonly changes: readonly (readonly AlertEvent[])[];
  readonly work: {
    readonly opening: number;
    readonly step: number;
    readonly rounds: number;
    readonly policy: FrozenPolicy;
  };
}

/**
 * What I8 and I9 do not allow, one line each: told from the events alone, with an idea of its own of what they mean.
 * Several dispatchers write them, one after another by version, whatever each of them took for the last one.
 */
export function historyOffences({ id, changes, work }: StoredAlert): string[] {
  const offences: string[] = [];
  let answered = false;
  let ended = false;
  let opening = 0;
  let policy: FrozenPolicy | undefined;
  let [step, rounds] = [0, 0];
  const open = (by?: FrozenPolicy | null): void => {
    opening += 1;
    policy = by ?? policy;
    [step, rounds] = [0, 0];
  };
  const forward = (next: { step: number; rounds: number }): void => {
    if (next.step < step || next.rounds < rounds)
      offences.push(`I9 ${id} goes from step ${step}, round ${rounds} back to ${next.step}, ${next.rounds}`);
    ({ step, rounds } = next);
  };
  for (const events of changes) {
    const calls = events.some((event) => event.type === 'joined' && event.call);
    if (answered && calls && !events.some(({ type }) => type === 'called_again'))
      offences.push(`I8 ${id}: a press on an acknowledged alert is no new call`);
    for (const event of events)
      switch (event.type) {
        case 'opened':
          open(event.policy);
          break;
        case 'raised':
          if (event.policy !== null) open(event.policy);
          break;
        case 'called_again':
          answered = false;
          open();
          break;
        case 'acknowledged':
          answered = true;
          break;
        case 'acknowledgement_lapsed':
          if (!answered) offences.push(`I8 ${id}: an acknowledgement lapses that was none`);
          answered = false;
          open();
          break;
        case 'resolved':
          [answered, ended] = [false, true];
          break;
        case 'reopened':
          ended = false;
          open(event.policy);
          break;
        case 'escalated':
          if (event.by === 'system' && (answered || ended))
            offences.push(`I8 ${id}: ${event.to} is called though it is ${ended ? 'over' : 'acknowledged'}`);
          forward(event);
          break;
        case 'deadline':
          if (event.progress) forward(event.progress);
          break;
        default:
      }
  }
  if (opening !== work.opening || step !== work.step || rounds !== work.rounds)
    offences.push(
      `I9 ${id} stands at opening ${work.opening}, step ${work.step}, round ${work.rounds}; its events come to ${opening}, ${step}, ${rounds}`,
    );
  // As it was when the alert was opened, whatever has been saved since
  if (!isDeepStrictEqual(policy, work.policy))
    offences.push(`I9 ${id} follows another policy than it was opened with`);
  return offences;
}
