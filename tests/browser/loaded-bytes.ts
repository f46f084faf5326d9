import type { Page, Response } from 'playwright-core';

/** What the page has loaded so far of scripts and styles, as it came over the wire. Ask once the view stands. */
export function loadedBytes(
  page: Page,
): () => Promise<{ script: number; style: number; toString(): string }> {
  const responses: Response[] = [];
  page.on('response', (response) => responses.push(response));
  return async () => {
    const sum = async (kind: string): Promise<number> => {
      const sizes = await Promise.all(
        responses
          .filter((response) => response.request().resourceType() === kind)
          .map((response) => response.request().sizes()),
      );
      return sizes.reduce((all, size) => all + size.responseBodySize, 0);
    };
    const [script, style] = [await sum('script'), await sum('stylesheet')];
    const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
    return { script, style, toString: () => `script ${kb(script)}, style ${kb(style)}, compressed` };
  };
}
