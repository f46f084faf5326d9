import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { isRevoked, readRevocationLists, type RevocationList } from './revocation-list.ts';

/** From a list's being put in place to its being in force. */
export const LOOK_EVERY_MS = 5_000;

/**
 * The revocation lists in a file, read again when it is another. One that cannot be read leaves the former in force, and
 * one whose time is over goes on revoking: what it had taken back is not given back, and nobody else is shut out.
 */
export class RevocationFile {
  readonly #deps: {
    file: string;
    authoritiesFile: string;
    clock: Clock;
    log: Pick<Log, 'info' | 'warn' | 'error'>;
    /** Other certificates are revoked now than before. */
    onChange: () => void;
  };
  #lists: readonly RevocationList[] = [];
  #read: Buffer | undefined;
  #failing = false;
  #overdue = false;
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(deps: {
    file: string;
    authoritiesFile: string;
    clock: Clock;
    log: Pick<Log, 'info' | 'warn' | 'error'>;
    onChange: () => void;
  }) {
    this.#deps = deps;
  }

  /** Rejects if there is none that can be used. */
  async start(): Promise<void> {
    await this.#load();
    this.#lookLater();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  isRevoked(certificate: X509Certificate): boolean {
    return isRevoked(this.#lists, certificate);
  }

  /** Certificates that are listed. */
  get size(): number {
    return this.#lists.reduce((sum, { serials }) => sum + serials.size, 0);
  }

  #lookLater(): void {
    this.#cancel = this.#deps.clock.setTimer(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => {
        if (!this.#stopped) this.#lookLater();
      });
    });
  }

  async #look(): Promise<void> {
    const { file, log } = this.#deps;
    try {
      if (await this.#load()) log.info({ file, revoked: this.size }, 'a new certificate revocation list');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        log.error({ err: error, file }, 'the certificate revocation list cannot be read; the former holds');
      this.#failing = true;
    }
    this.#tellOverdue();
  }

  /** Whether it is another than before. */
  async #load(): Promise<boolean> {
    const { file, authoritiesFile, onChange } = this.#deps;
    const bytes = await readFile(file);
    if (this.#read?.equals(bytes) === true) return false;
    this.#lists = readRevocationLists(bytes, await readFile(authoritiesFile));
    this.#read = bytes;
    onChange();
    return true;
  }

  #tellOverdue(): void {
    const { clock, log, file } = this.#deps;
    const overdue = this.#lists.some(({ nextAt }) => nextAt !== undefined && nextAt < clock.now());
    if (overdue && !this.#overdue)
      log.warn({ file }, 'the next certificate revocation list is overdue; this one goes on to hold');
    this.#overdue = overdue;
  }
}
