import { onBeforeUnmount, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { AnswerOf, Api, Failure, Input } from '../wire/api.ts';
import type { ServiceApi } from '../wire/service-api.ts';
import { createLatest } from '../wire/latest.ts';

/** What one route answers, for one place of a page: of several questions only the latest is shown. */
export interface Asked<R extends keyof ServiceApi> {
  value: ShallowRef<AnswerOf<R> | null>;
  state: ShallowRef<'idle' | 'loading' | 'ready' | 'failed'>;
  /** Why the last one failed. */
  failure: ShallowRef<Failure | null>;
  ask: (input: Input<R>) => Promise<void>;
  /** Nothing that is still out is wanted any more, nor what is shown. */
  forget: () => void;
}

export function useAnswer<R extends keyof ServiceApi>(api: Api, route: R): Asked<R> {
  const value = shallowRef<AnswerOf<R> | null>(null);
  const state = shallowRef<'idle' | 'loading' | 'ready' | 'failed'>('idle');
  const failure = shallowRef<Failure | null>(null);
  const latest = createLatest();
  onBeforeUnmount(latest.drop);
  return {
    value,
    state,
    failure,
    async ask(input) {
      state.value = 'loading';
      await latest.ask(
        (signal) => api.call(route, input, signal),
        (answer) => {
          state.value = answer.ok ? 'ready' : 'failed';
          failure.value = answer.ok ? null : answer;
          if (answer.ok) value.value = answer.value;
        },
      );
    },
    forget() {
      latest.drop();
      value.value = null;
      state.value = 'idle';
    },
  };
}
