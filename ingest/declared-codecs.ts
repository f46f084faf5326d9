import type { Pool } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';
import { codecMapping } from '../schemas/codec-mapping.ts';
import type { Codec } from './codecs/codec.ts';
import { declaredCodec } from './codecs/declared.ts';
import { CODECS } from './codecs/registry.ts';

/** Codecs by name: those that are code, and those that the registry declares; the latter follow its changes. */
export class DeclaredCodecs {
  readonly all: Map<string, Codec> = new Map(CODECS);
  readonly #pool: Pick<Pool, 'query'>;
  readonly #log: Log;
  #again = false;
  #loading: Promise<void> | undefined;

  constructor(pool: Pick<Pool, 'query'>, log: Log) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Reads them anew; what is known goes on being used while the database is away. */
  load(): Promise<void> {
    this.#again = true;
    return (this.#loading ??= this.#loadAll().finally(() => {
      this.#loading = undefined;
    }));
  }

  async #loadAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        const { rows } = await this.#pool.query<{ id: string; mapping: unknown }>(
          'select id, mapping from codecs where retired_at is null',
        );
        const declared = new Map<string, Codec>();
        for (const { id, mapping } of rows) {
          const read = codecMapping.safeParse(mapping);
          if (read.success) declared.set(id, declaredCodec(id, read.data));
          else this.#log.error({ codec: id }, 'a declared codec cannot be read');
        }
        for (const name of this.all.keys())
          if (!CODECS.has(name) && !declared.has(name)) this.all.delete(name);
        for (const [name, codec] of declared) if (!CODECS.has(name)) this.all.set(name, codec);
      } catch (error) {
        this.#log.warn({ err: error }, 'declared codecs could not be read; the former ones stay');
      }
    }
  }
}
