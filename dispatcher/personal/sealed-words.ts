import { storable } from '../engine/command.ts';
import type { AlertQueries, OrderQueries } from '../http/query-ports.ts';
import type { AlertCommands, CommandResult, OrderCommands } from '../ports.ts';
import type { Words } from './words.ts';

type WordsIn = 'note' | 'text' | 'reason';

/** The body with the words of that field sealed, as the database can hold them. */
async function sealedIn<B extends Partial<Record<F, string | undefined>>, F extends WordsIn>(
  words: Words,
  body: B,
  field: F,
): Promise<B> {
  const text = body[field];
  return text === undefined ? body : { ...body, [field]: await words.seal(storable(text)) };
}

async function shown<T>(words: Words, result: Promise<CommandResult<T>>): Promise<CommandResult<T>> {
  return words.open(await result);
}

/** What people write on an alarm is sealed before anybody decides on it, and readable in what they are answered. */
export function alertCommandsWithWords(words: Words, inner: AlertCommands): AlertCommands {
  return {
    acknowledge: async (id, actor, body) =>
      shown(words, inner.acknowledge(id, actor, await sealedIn(words, body, 'note'))),
    resolve: async (id, actor, body) =>
      shown(words, inner.resolve(id, actor, await sealedIn(words, body, 'note'))),
    escalate: async (id, actor, body) =>
      shown(words, inner.escalate(id, actor, await sealedIn(words, body, 'note'))),
    note: async (id, actor, body) => shown(words, inner.note(id, actor, await sealedIn(words, body, 'text'))),
    reopen: async (id, actor, body) =>
      shown(words, inner.reopen(id, actor, await sealedIn(words, body, 'note'))),
    dispatch: async (id, actor, body) =>
      shown(words, inner.dispatch(id, actor, await sealedIn(words, body, 'note'))),
    handTo120: async (id, actor, body, record) =>
      shown(words, inner.handTo120(id, actor, await sealedIn(words, body, 'note'), record)),
    recommend: (id) => inner.recommend(id),
  };
}

/** The same of orders; visits' notes and ratings' comments are sealed beside them. */
export function orderCommandsWithWords(words: Words, inner: OrderCommands): OrderCommands {
  return {
    create: async (actor, body) => shown(words, inner.create(actor, await sealedIn(words, body, 'note'))),
    accept: (id, actor, body) => shown(words, inner.accept(id, actor, body)),
    decline: async (id, actor, body) =>
      shown(words, inner.decline(id, actor, await sealedIn(words, body, 'reason'))),
    depart: (id, actor, body) => shown(words, inner.depart(id, actor, body)),
    arrive: (id, actor, body) => shown(words, inner.arrive(id, actor, body)),
    checkIn: (id, actor, body) => shown(words, inner.checkIn(id, actor, body)),
    complete: (id, actor, body) => shown(words, inner.complete(id, actor, body)),
    handOver: async (id, actor, body) =>
      shown(words, inner.handOver(id, actor, await sealedIn(words, body, 'reason'))),
    cancel: async (id, actor, body) =>
      shown(words, inner.cancel(id, actor, await sealedIn(words, body, 'reason'))),
    rate: (id, actor, body) => shown(words, inner.rate(id, actor, body)),
    replan: (actor, body) => inner.replan(actor, body),
  };
}

export function alertQueriesWithWords(words: Words, inner: AlertQueries): AlertQueries {
  return {
    list: async (filter) => words.open(await inner.list(filter)),
    get: async (id) => words.open(await inner.get(id)),
    whole: async (id) => words.open(await inner.whole(id)),
    evidence: (id, page) => inner.evidence(id, page),
  };
}

export function orderQueriesWithWords(words: Words, inner: OrderQueries): OrderQueries {
  return {
    list: async (filter) => words.open(await inner.list(filter)),
    get: async (id) => words.open(await inner.get(id)),
  };
}
