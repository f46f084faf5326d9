import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './errors.ts';

/** What a server writes about itself into its folder (postmaster.pid). It stays behind after a kill -9 or a power cut. */
export interface PidFile {
  readonly pid: number;
  /** 0 while the server is not yet that far. */
  readonly port: number;
}

export function parsePidFile(text: string): PidFile | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3] ?? 0) || 0 } : undefined;
}

export const pidFilePath = (cluster: string): string => join(cluster, 'postmaster.pid');

export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  return parsePidFile(await readFile(pidFilePath(cluster), 'utf8').catch(() => ''));
}

/**
 * Whether process `pid` is a living server of the folder `cluster`. A number alone proves nothing: after a reboot or in
 * a new container it may be anybody's. A server's working folder is its cluster.
 */
export async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return (await commandOf(pid)).includes('postgres');
  const stats = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stats === undefined) return false;
  const command = stats.slice(stats.indexOf('(') + 1, stats.lastIndexOf(')'));
  const isZombie = stats.slice(stats.lastIndexOf(')') + 2).startsWith('Z'); // dead, though nobody has buried it
  if (isZombie || command !== 'postgres') return false;
  const ours = await stat(cluster);
  try {
    const theirs = await stat(`/proc/${pid}/cwd`);
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch (error) {
    // In a container root may not look into other users' processes. Better to wait for a stranger than to start a
    // second server on the same files.
    if (['EACCES', 'EPERM'].includes(errnoOf(error) ?? ''))
      return (await stat(`/proc/${pid}`)).uid === ours.uid;
    return false;
  }
}

const commandOf = (pid: number): Promise<string> =>
  new Promise((resolve) => {
    execFile('ps', ['-o', 'comm=', '-p', String(pid)], (error, stdout) => resolve(error ? '' : stdout));
  });

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
