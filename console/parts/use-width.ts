import { onBeforeUnmount, onMounted, ref } from 'vue';
import type { Ref } from 'vue';

/** The painted width of an element in CSS pixels, for charts that draw in real pixels and so keep text and lines crisp. */
export function useWidth(element: Readonly<Ref<HTMLElement | null>>, first = 640): Ref<number> {
  const width = ref(first);
  let observer: ResizeObserver | undefined;
  onMounted(() => {
    observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) width.value = Math.floor(entry.contentRect.width);
    });
    if (element.value) observer.observe(element.value);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return width;
}
