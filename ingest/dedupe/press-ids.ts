/**
 * Ids of all presses within the horizon, for a press must not wait for a look-up, and one whose id is known with other
 * content is a new press that is counted as `id_conflict`. Loaded at the start, forgotten day by day.
 */
export class PressIds {
  /** Contents by id, and the day they came, as days since the epoch. */
  readonly #byId = new Map<number, { day: number; contents: number[] }>();

  get size(): number {
    return this.#byId.size;
  }

  /** `same`: this very press; `conflict`: its id with other content; `new`: neither. */
  look(idKey: number, contentKey: number): 'same' | 'conflict' | 'new' {
    const known = this.#byId.get(idKey);
    if (!known) return 'new';
    return known.contents.includes(contentKey) ? 'same' : 'conflict';
  }

  add(idKey: number, contentKey: number, day: number): void {
    const known = this.#byId.get(idKey);
    if (!known) this.#byId.set(idKey, { day, contents: [contentKey] });
    else if (!known.contents.includes(contentKey)) {
      known.contents.push(contentKey);
      known.day = Math.max(known.day, day);
    }
  }

  forgetBefore(day: number): void {
    for (const [id, known] of this.#byId) if (known.day < day) this.#byId.delete(id);
  }
}
