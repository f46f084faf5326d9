import { z } from 'zod';
import type { MapTiles } from '../../../platform/map-tiles.ts';
import { answers, type App } from '../app.ts';

const tilesAnswer = z.object({
  url: z.string().describe('with {z}, {x} and {y}'),
  attribution: z.string(),
  datum: z.enum(['wgs84', 'gcj02']),
  maxZoom: z.int(),
});

/** What the console's maps are made of. Behind the login: an address of tiles often carries a key. */
export function mapRoutes(app: App, tiles: MapTiles | undefined): void {
  app.get(
    '/map',
    {
      schema: {
        tags: ['console'],
        summary: 'Where map tiles come from; null: maps are drawn without',
        response: answers({ 200: z.object({ tiles: tilesAnswer.nullable() }) }),
      },
    },
    () => ({ tiles: tiles ?? null }),
  );
}
