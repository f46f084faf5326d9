import type { CodecMapping } from '../../schemas/codec-mapping.ts';
import { jsonFault } from './json-fault.ts';

/** A vendor's language as it is edited: a name, a title, and the mapping as JSON text. Pure. */
export interface CodecDraft {
  id: string;
  title: string;
  text: string;
}
const OUTSIDE = ['id', 'title', 'version', 'createdAt'];

export const mappingOf = (codec: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(codec).filter(([name]) => !OUTSIDE.includes(name)));

export const draftOfCodec = (codec: Readonly<Record<string, unknown>>): CodecDraft => ({
  id: String(codec['id']),
  title: typeof codec['title'] === 'string' ? codec['title'] : '',
  text: JSON.stringify(mappingOf(codec), null, 2),
});

/** Something that works, to be changed: a button of a vendor called acme. */
export const FIRST_DRAFT: CodecDraft = {
  id: 'acme',
  title: '',
  text: JSON.stringify(
    {
      topic: 'acme/{device}/event',
      messages: [
        {
          when: [{ path: 'key', equals: 'down' }],
          channel: 'sos',
          fields: { action: { value: 'press' }, battery: { path: 'volt', scale: 30 } },
        },
      ],
      otherwise: 'ignore',
    } satisfies CodecMapping,
    null,
    2,
  ),
};
export const FIRST_SAMPLE = '{"key":"down","volt":2.4}';

export type Read =
  | { ok: true; mapping: Record<string, unknown> }
  /** Both from 1. */
  | { ok: false; line: number; column: number };

export function readMapping(text: string): Read {
  const fault = jsonFault(text) ?? (text.trimStart().startsWith('{') ? undefined : 0);
  if (fault === undefined)
    return { ok: true, mapping: mappingOf(JSON.parse(text) as Record<string, unknown>) };
  const before = text.slice(0, fault).split('\n');
  return { ok: false, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** What a PATCH says: the whole mapping, and null for members that are gone. */
export function codecChanges(
  before: Readonly<Record<string, unknown>>,
  after: { title: string; mapping: Readonly<Record<string, unknown>> },
): Record<string, unknown> {
  const gone = Object.keys(mappingOf(before)).filter((name) => !Object.hasOwn(after.mapping, name));
  return {
    title: after.title,
    ...Object.fromEntries(gone.map((name) => [name, null])),
    ...after.mapping,
    expectedVersion: before['version'],
  };
}

/** A topic that the mapping's pattern takes, with the sample's device in its place. */
export const sampleTopic = (pattern: unknown, device: string): string =>
  typeof pattern === 'string' ? pattern.replace('{device}', device).replaceAll('+', 'x') : '';
