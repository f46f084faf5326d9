import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { AlertKind } from '../model/api-types.ts';
import type { Protocol, Question } from '../model/protocol.ts';
import type { Answer, Api } from './api.ts';
import { keep, kept } from './kept.ts';
import { createLatest } from './latest.ts';

/** The questions that operators ask. Kept by the browser: they are asked even if the service was away at login. */
export interface Protocols {
  all: ShallowRef<readonly Protocol[]>;
  questionsFor: (kind: AlertKind) => readonly Question[];
  load: () => Promise<boolean>;
  save: (before: Protocol, questions: readonly Question[]) => Promise<Answer<Protocol>>;
}
const KEY = 'yinling.protocols';
const NONE: readonly Question[] = [];

export function createProtocols(api: Api): Protocols {
  const all = shallowRef<readonly Protocol[]>(kept<Protocol[]>(KEY) ?? []);
  const set = (items: readonly Protocol[]): void => {
    all.value = items;
    keep(KEY, items);
  };
  const latest = createLatest();
  return {
    all,
    questionsFor: (kind) => all.value.find((p) => p.kind === kind)?.questions ?? NONE,
    async load() {
      let ok = true;
      await latest.ask(
        (signal) => api.call('GET /protocols', {}, signal),
        (answer) => {
          ok = answer.ok;
          if (answer.ok) set(answer.value.items);
        },
      );
      return ok;
    },
    async save(before, questions) {
      const answer = await api.call('PUT /protocols/{kind}', {
        params: { kind: before.kind },
        body: { questions: [...questions], expectedVersion: before.version },
      });
      const now = answer.ok ? answer.value : answer.problem?.protocol;
      // A list asked for before does not know of it.
      latest.drop();
      if (now) set(all.value.map((p) => (p.kind === now.kind ? now : p)));
      return answer;
    },
  };
}
