import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';

/** The page within the page, kept in the address's fragment so that the service needs no rewriting rules: `#/registry/homes`. */
export function useRoute(): Ref<string[]> {
  const read = (): string[] =>
    location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);
  const route = ref(read());
  const onHash = (): void => void (route.value = read());
  window.addEventListener('hashchange', onHash);
  onScopeDispose(() => window.removeEventListener('hashchange', onHash));
  return route;
}
