import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { allowedFor, nextStep } from '../model/next-step.ts';
import type { NextStep, PrimaryAction } from '../model/next-step.ts';
import { useDesk } from '../wire/desk.ts';
import type { Desk } from '../wire/desk.ts';

export type ActionName = Exclude<PrimaryAction, null> | 'note' | 'prompt' | 'ambulance';

/** What the keys and the buttons do to the alarm on screen: one list for both, so that they never disagree. */
export interface Actions {
  run: (name: ActionName) => boolean;
  next: ComputedRef<NextStep | undefined>;
}

export const NOTE_FIELD_ID = 'note-field';
export const CANDIDATES_ID = 'candidates';

export function useActions(desk: Desk = useDesk()): Actions {
  const next = computed(() => {
    const alert = desk.selected.value;
    if (!alert) return undefined;
    const facts = {
      alert,
      orders: desk.ordersOf(alert.id),
      resident: desk.residentOf(alert),
      me: desk.user.value?.username ?? '',
      caregiverName: desk.directory.caregiverName,
    };
    return nextStep(facts, desk.words.value);
  });
  const run = (name: ActionName): boolean => {
    const alert = desk.selected.value;
    if (!alert) return false;
    const allowed = allowedFor(alert);
    switch (name) {
      case 'acknowledge':
        if (allowed.acknowledge) void desk.commands.acknowledge(alert);
        return allowed.acknowledge;
      case 'reopen':
        if (allowed.reopen) void desk.commands.reopen(alert);
        return allowed.reopen;
      case 'resolve':
        if (allowed.resolve) desk.view.dialog = 'resolve';
        return allowed.resolve;
      case 'escalate':
        if (allowed.escalate) desk.view.dialog = 'escalate';
        return allowed.escalate;
      case 'call':
        if (!allowed.note) return false;
        desk.view.callWhom = '';
        desk.view.dialog = 'call';
        return true;
      case 'ambulance':
        if (!allowed.note) return false;
        desk.view.dialog = 'ambulance';
        return true;
      case 'prompt':
        if (!allowed.note || alert.residentId === null) return false;
        desk.view.dialog = 'prompt';
        return true;
      case 'note':
        if (!allowed.note) return false;
        document.getElementById(NOTE_FIELD_ID)?.focus();
        return true;
      case 'dispatch':
        if (!allowed.dispatch) return false;
        desk.view.picking = true;
        document.getElementById(CANDIDATES_ID)?.scrollIntoView({ block: 'start', behavior: 'smooth' });
        return true;
    }
  };
  return { run, next };
}
