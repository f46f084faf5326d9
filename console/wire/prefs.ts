import { computed, reactive, watch } from 'vue';
import type { ComputedRef } from 'vue';
import type { Lang } from '../model/span.ts';

export type Theme = 'dark' | 'light' | 'wall';
export interface PrefValues {
  lang: Lang;
  theme: Theme;
}
export interface Prefs {
  values: PrefValues;
  lang: ComputedRef<Lang>;
}

const KEY = 'yinling.prefs';

/** Language and theme, kept by the browser: the only things the console keeps beyond the tab. Dark by night by default. */
export function createPrefs(defaults: PrefValues): Prefs {
  const values = reactive<PrefValues>({ ...defaults, ...stored() });
  const apply = (): void => {
    document.documentElement.lang = values.lang === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset['theme'] = values.theme;
  };
  apply();
  watch(values, () => {
    apply();
    try {
      localStorage.setItem(KEY, JSON.stringify(values));
    } catch {
      // A browser that keeps nothing still works; it forgets the language, no more.
    }
  });
  return { values, lang: computed(() => values.lang) };
}

function stored(): Partial<PrefValues> {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof read !== 'object' || read === null) return {};
    const { lang, theme } = read as Record<string, unknown>;
    return {
      ...(lang === 'zh' || lang === 'en' ? { lang } : {}),
      ...(theme === 'dark' || theme === 'light' || theme === 'wall' ? { theme } : {}),
    };
  } catch {
    return {};
  }
}
