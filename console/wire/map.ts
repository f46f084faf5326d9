import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { Tiles } from '../model/map-tiles.ts';
import type { Api } from './api.ts';
import { createLatest } from './latest.ts';

/** What maps are made of; null: drawn without tiles. */
export interface MapSource {
  tiles: ShallowRef<Tiles | null>;
  load: () => Promise<void>;
}

export function createMapSource(api: Api): MapSource {
  const tiles = shallowRef<Tiles | null>(null);
  const latest = createLatest();
  return {
    tiles,
    async load() {
      await latest.ask(
        (signal) => api.call('GET /map', {}, signal),
        (answer) => {
          if (answer.ok) tiles.value = answer.value.tiles;
        },
      );
    },
  };
}
