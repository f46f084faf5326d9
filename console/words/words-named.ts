/** The dictionary's word for a code, else the code made readable: nothing the service says is ever hidden. */
export const named = (table: Readonly<Record<string, string>>, code: string): string =>
  (Object.hasOwn(table, code) ? table[code] : undefined) ?? code.replaceAll('_', ' ');
