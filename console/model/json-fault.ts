/**
 * Where a text stops being JSON, as an index; undefined: it is JSON. Browsers word this differently, and some do not say
 * it at all. Pure.
 */
export function jsonFault(text: string): number | undefined {
  let at = 0;
  class Fault extends Error {}
  const space = (): void => {
    at += /^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0;
  };
  const want = (pattern: RegExp): string => {
    const found = pattern.exec(text.slice(at))?.[0];
    if (found === undefined) throw new Fault();
    at += found.length;
    return found;
  };
  const members = (end: ']' | '}'): void => {
    at += 1;
    space();
    if (text[at] === end) {
      at += 1;
      return;
    }
    for (;;) {
      if (end === '}') {
        space();
        want(STRING);
        space();
        want(/^:/);
      }
      value();
      space();
      if (want(end === '}' ? /^[,}]/ : /^[,\]]/) === end) return;
    }
  };
  const value = (): void => {
    space();
    if (text[at] === '{') members('}');
    else if (text[at] === '[') members(']');
    else want(text[at] === '"' ? STRING : WORD);
  };
  try {
    value();
    space();
    return at === text.length ? undefined : at;
  } catch (error) {
    if (error instanceof Fault) return at;
    throw error;
  }
}
// oxlint-disable-next-line no-control-regex -- control characters are what JSON forbids here
const STRING = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/;
const WORD = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/;
