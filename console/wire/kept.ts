/** Small things the browser keeps beyond the tab. A browser that refuses still works; it only forgets. */
export function keep(key: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden.
  }
}
export function keptText(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what we kept ourselves is read back as what it was
export function kept<T>(key: string): T | null {
  try {
    return JSON.parse(keptText(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}
