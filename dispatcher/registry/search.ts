import { comparableText } from '../../platform/crypto/search-text.ts';

/** Whether `q` is a piece of one of the texts, case, width and punctuation aside: as the search tokens see it. */
export function isFoundIn(q: string, ...texts: readonly string[]): boolean {
  const wanted = comparableText(q);
  return texts.some((text) => comparableText(text).includes(wanted));
}
