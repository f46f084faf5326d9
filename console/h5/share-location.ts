import { ref, watch } from 'vue';
import type { Ref } from 'vue';
import type { Carer } from '../wire/carer.ts';
import { keep, kept } from '../wire/kept.ts';

const KEY = 'yinling.h5.share';
const EVERY_MS = 60_000;

/** Tells the service where she is, at most once a minute, only while she has switched it on and the page is open. */
export function useShareLocation(carer: Carer): { on: Ref<boolean>; denied: Ref<boolean> } {
  const on = ref(kept<boolean>(KEY) === true);
  const denied = ref(false);
  let watching: number | undefined;
  let lastMs = -Infinity;
  const stop = (): void => {
    if (watching !== undefined) navigator.geolocation.clearWatch(watching);
    watching = undefined;
  };
  const start = (): void => {
    if (!('geolocation' in navigator) || watching !== undefined) return;
    watching = navigator.geolocation.watchPosition(
      ({ coords }) => {
        if (carer.me.value === '' || performance.now() - lastMs < EVERY_MS) return;
        lastMs = performance.now();
        void carer.api.call('PATCH /caregivers/{id}', {
          params: { id: carer.me.value },
          body: { lat: coords.latitude, lon: coords.longitude },
        });
      },
      () => {
        denied.value = true;
        on.value = false;
      },
      { enableHighAccuracy: false, maximumAge: EVERY_MS },
    );
  };
  watch(
    on,
    (now) => {
      keep(KEY, now);
      if (now) start();
      else stop();
    },
    { immediate: true },
  );
  return { on, denied };
}
