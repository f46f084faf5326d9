import type { PersonalData } from '../../platform/crypto/personal-data.ts';
import { comparableText } from '../../platform/crypto/search-text.ts';

/** Whether a row's tokens hold all of the query's, by any key that rows may still be under: condition and values. */
export function tokensFound(
  column: string,
  cipher: Pick<PersonalData, 'searchTokensByKey'>,
  q: string,
): { sql: string; values: Buffer[][] } {
  const values = cipher.searchTokensByKey(q);
  return { sql: values.map(() => `${column} @> ?::bytea[]`).join(' or '), values };
}

/** Whether `q` is a piece of one of the texts, case, width and punctuation aside: as the search tokens see it. */
export function isFoundIn(q: string, ...texts: readonly string[]): boolean {
  const wanted = comparableText(q);
  return texts.some((text) => comparableText(text).includes(wanted));
}
