import type { Channel, Notice } from './channel.ts';

/** Pages of caregivers that are open in this process, by caregiver. */
export class OpenPages {
  readonly #open = new Map<string, Set<(notice: Notice) => void>>();

  /** To be called again when the page has been closed. */
  open(caregiverId: string, tell: (notice: Notice) => void): () => void {
    const pages = this.#open.get(caregiverId) ?? new Set();
    this.#open.set(caregiverId, pages.add(tell));
    return () => {
      pages.delete(tell);
      if (pages.size === 0) this.#open.delete(caregiverId);
    };
  }

  /** How many were told. */
  tell(caregiverId: string, notice: Notice): number {
    const pages = [...(this.#open.get(caregiverId) ?? [])];
    for (const page of pages) page(notice);
    return pages.length;
  }
}

/**
 * The caregiver's own page, live. Where it is not open here it may be on another server, or be opened in a moment: it is
 * tried again for as long as the offer is out.
 */
export const pageChannel = (pages: OpenPages): Channel => ({
  name: 'page',
  serves: (target) => target === 'caregiver',
  send(notice) {
    const { offer } = notice;
    // Its own stream shows that the order is gone.
    if (offer?.withdrawn === true) return Promise.resolve({ ok: true });
    if (offer !== undefined && pages.tell(offer.caregiverId, notice) > 0)
      return Promise.resolve({ ok: true });
    return Promise.resolve({ ok: false, error: 'no page is open', retry: offer !== undefined });
  },
});
