import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunUser } from './run-user.ts';

export interface Said {
  readonly url?: string;
  readonly code?: string;
  readonly message?: string;
}

/** A service in a process (and a process group) of its own; see service.fixture.ts. */
export class FixtureProcess {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(dataDir: string, user?: RunUser) {
    const script = join(import.meta.dirname, 'service.fixture.ts');
    this.child = spawn(process.execPath, [script, dataDir], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
      ...user,
    });
    if (!this.child.stdout) throw new Error('no output');
    this.#lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  /** The next line it says. */
  async says(): Promise<Said> {
    const { value, done } = await this.#lines.next();
    return done ? { message: 'it ended without a word' } : (JSON.parse(value) as Said);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Orderly; the exit code. */
  async stop(): Promise<number | null> {
    const exit = this.#exit();
    this.child.stdin?.write('stop\n');
    return exit;
  }

  /** As by the kernel, in the middle of anything, with everything that is of its process group. */
  async kill(): Promise<void> {
    const exit = this.#exit();
    process.kill(-this.pid, 'SIGKILL');
    await exit;
  }

  async #exit(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }
}
