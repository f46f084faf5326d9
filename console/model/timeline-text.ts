import type { TimelineEntry } from './api-types.ts';
import { named } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { readCallNote } from './call-log.ts';
import { labelText } from './person.ts';
import { hourMinuteText } from './span.ts';

/** A timeline entry in words: notes that are codes are translated, what a person wrote stays as written. */
export interface TimelineText {
  title: string;
  note: string;
}

const QUESTION = /^问询：/;
const TOLD = ['contacts', 'supervisor'];

export function timelineText(
  entry: TimelineEntry,
  words: Words,
  caregiverName: (id: string) => string | undefined,
): TimelineText {
  const t = words.timeline;
  const note = entry.note ?? '';
  const title = named(t.what, entry.what);
  switch (entry.what) {
    // Which of the home's screens it was helps nobody.
    case 'asked':
      return { title, note: '' };
    case 'verified':
      return { title, note: named(t.verdict, note) };
    case 'called_again':
      return { title, note: named(t.again, note) };
    case 'resolved':
      return { title, note: Object.hasOwn(words.disposition, note) ? named(words.disposition, note) : note };
    case 'escalated': {
      const [, target = '', rest = ''] = /^([a-z_0-9]+)(?:: ([\s\S]*))?$/.exec(note) ?? [];
      if (target === '') return { title, note };
      // Not one step more among us: it is theirs from here.
      if (target === '120') return { title: t.what['handed_to_120'] ?? title, note: rest };
      // What is said of the family or a supervisor names no caregiver of ours.
      const who = TOLD.includes(target) ? rest : (caregiverName(rest) ?? rest);
      return { title, note: [named(t.target, target), who].filter(Boolean).join(' · ') };
    }
    case 'raised':
      return { title, note: raisedText(note, words) };
    case 'acknowledgement_lapsed':
      return { title, note: t.was(note.replace(/^was acknowledged by /, '')) };
    case 'note': {
      const call = readCallNote(note);
      if (call) return { title: t.what['call'] ?? title, note: callText(call, words) };
      if (QUESTION.test(note))
        return { title: t.what['question'] ?? title, note: note.replace(QUESTION, '') };
      return { title, note };
    }
    default:
      return {
        title,
        note: entry.what.startsWith('order_') ? orderText(entry.what, note, words, caregiverName) : note,
      };
  }
}

function callText(call: NonNullable<ReturnType<typeof readCallNote>>, words: Words): string {
  const c = words.call;
  const parts = [c.summary(labelText(call.who, words), call.reached ? c.reached : c.notReached)];
  if (call.backAt !== null) parts.push(c.due(hourMinuteText(call.backAt, words.lang)));
  if (call.remark) parts.push(call.remark);
  return parts.join(' · ');
}

/** `inactivity P2 → fall P1` */
function raisedText(note: string, words: Words): string {
  const match = /^(\w+) P([1-4]) → (\w+) P([1-4])$/.exec(note);
  if (!match) return note;
  const side = (kind: string, p: string): string => `${named(words.kind, kind)} ${named(words.priority, p)}`;
  return words.timeline.raisedFrom(
    side(match[1] ?? '', match[2] ?? ''),
    side(match[3] ?? '', match[4] ?? ''),
  );
}

/** A service, a list of shortfalls, or `ID`, `ID: reason`, `ID, 31 min`, `ID, 520 m off`, `ID → supervisor`. */
function orderText(
  what: string,
  note: string,
  words: Words,
  caregiverName: (id: string) => string | undefined,
): string {
  if (what === 'order_rated' || what === 'order_cancelled') return note;
  if (what === 'order_requested') return named(words.service, note);
  if (what === 'order_unfilled')
    return note
      .split(', ')
      .map((code) => named(words.reason, code))
      .join(' · ');
  const match = /^([A-Za-z0-9_-]{1,64})(?:(?:: |, | → )([\s\S]*))?$/.exec(note);
  const name = match?.[1] === undefined ? undefined : caregiverName(match[1]);
  return name === undefined ? note : [name, measureText(match?.[2] ?? '', words)].filter(Boolean).join(' · ');
}

/** `31 min`, `520 m off`; anything else as it is. */
function measureText(text: string, words: Words): string {
  const [, amount = '', unit] = /^(\d+) (min|m off)$/.exec(text) ?? [];
  if (unit === 'min') return words.minutes(Number(amount));
  return unit === 'm off' ? words.timeline.metresOff(Number(amount)) : text;
}
