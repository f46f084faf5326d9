import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
/** What a supervisor such as systemd waits before it starts a service again. */
const RESTART_MS = 200;
const LINES_KEPT = 30;

export interface Exit {
  readonly name: string;
  readonly at: number;
  readonly code: number | null;
  /** It had been ready before. One that cannot start while the database is away exits and is started again. */
  readonly wasReady: boolean;
  readonly lastWords: string;
}

/** `node main.ts` under a supervisor: whenever it ends it is started again, until `stop`. */
export class Supervised {
  readonly name: string;
  /** Exits that nobody asked for. */
  readonly exits: Exit[] = [];
  readonly #env: Record<string, string>;
  readonly #probeUrl: string;
  /** A file for each living process, named for it. */
  readonly #pidFolder: string;
  #child: ChildProcess | undefined;
  #wanted = true;
  #killed = false;
  #ready = false;
  #readyAt = 0;
  #lines: string[] = [];
  starts = 0;

  constructor(name: string, env: Record<string, string>, probeUrl: string, pidFolder: string) {
    this.name = name;
    this.#env = env;
    this.#probeUrl = probeUrl;
    this.#pidFolder = pidFolder;
  }

  start(): void {
    this.starts += 1;
    this.#ready = false;
    this.#killed = false;
    const child = spawn(process.execPath, [join(root, 'main.ts')], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        LOG_LEVEL: 'warn',
        CANARY: 'off',
        ...this.#env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const pidFile = join(this.#pidFolder, String(child.pid));
    writeFileSync(pidFile, '');
    const hear = (chunk: Buffer) => {
      this.#lines = [...this.#lines, ...chunk.toString().split('\n').filter(Boolean)].slice(-LINES_KEPT);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => {
      rmSync(pidFile, { force: true });
      if (!this.#killed && this.#wanted)
        this.exits.push({
          name: this.name,
          at: Date.now(),
          code,
          wasReady: this.#ready,
          lastWords: this.#lines.slice(-3).join('\n'),
        });
      if (this.#wanted) setTimeout(() => this.#wanted && this.start(), RESTART_MS);
    });
    void this.#probe(child);
  }

  get isReady(): boolean {
    return this.#ready && this.#isAlive;
  }

  /** 0: it is not. */
  get readyForMs(): number {
    return this.isReady ? Date.now() - this.#readyAt : 0;
  }

  /** undefined: dead just now. */
  get pid(): number | undefined {
    return this.#isAlive ? this.#child?.pid : undefined;
  }

  get output(): string {
    return this.#lines.join('\n');
  }

  kill9(): void {
    this.#killed = true;
    this.#child?.kill('SIGKILL');
  }

  freeze(): () => void {
    const child = this.#child;
    child?.kill('SIGSTOP');
    return () => void child?.kill('SIGCONT');
  }

  /** SIGTERM, as at a deploy; null if it was killed instead. */
  async stop(): Promise<number | null> {
    this.#wanted = false;
    const child = this.#child;
    if (!child || !this.#isAlive) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await gone;
    return child.exitCode;
  }

  get #isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #probe(child: ChildProcess): Promise<void> {
    while (child.exitCode === null && child.signalCode === null && !this.#ready) {
      const response = await fetch(`${this.#probeUrl}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      if (response?.ok === true && this.#child === child) [this.#ready, this.#readyAt] = [true, Date.now()];
      else await new Promise((done) => setTimeout(done, 50));
    }
  }
}
