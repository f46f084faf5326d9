import { X509Certificate } from 'node:crypto';
import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../platform/config.ts';
import { parseDataKeys } from '../../platform/crypto/data-key.ts';
import { createPersonalData } from '../../platform/crypto/personal-data.ts';
import { readRevocationLists, type RevocationList } from '../../platform/crypto/revocation-list.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const GIB = 2 ** 30;
const DAY_MS = 86_400_000;

export async function lookAtDisk(folder: string): Promise<Finding> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return judgeDisk(folder, bavail * bsize, blocks * bsize);
}

export function judgeDisk(folder: string, freeBytes: number, allBytes: number): Finding {
  const percent = Math.floor((freeBytes / Math.max(allBytes, 1)) * 100);
  const said = `${(freeBytes / GIB).toFixed(1)} GiB free at ${folder} (${percent} %)`;
  const todo = 'enlarge the disk, or shorten the retention of readings (docs/runbook.md, DiskFillsUp)';
  if (freeBytes < GIB / 2 || percent < 3) return fail('disk', said, todo);
  return freeBytes < 2 * GIB || percent < 10 ? warn('disk', said, todo) : ok('disk', said);
}

/** A connection of a device is a file. */
export function judgeFiles(most: number, whose: string): Finding {
  const todo = 'LimitNOFILE=65536 in the unit, `ulimits: nofile` in compose, or ulimit -n before the start';
  if (most < 1_024) return fail('open files', `${most} allowed to ${whose}`, todo);
  return most < 16_384
    ? warn('open files', `${most} allowed to ${whose}: fewer devices than that`, todo)
    : ok('open files', `${most} allowed to ${whose}`);
}

/** Of this process, which is started by the same hand as the service; `undefined` where the system does not say. */
export async function ownFileLimit(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft);
}

export async function lookAtCertificates(config: Config, now: number): Promise<Finding[]> {
  if (config.mqttTls === undefined) return [];
  const { certFile, clientCaFile, clientCrlFile } = config.mqttTls;
  const files = [
    { variable: 'TLS_CERT', file: certFile },
    ...(clientCaFile === undefined ? [] : [{ variable: 'TLS_CLIENT_CA', file: clientCaFile }]),
  ];
  const certificates = await Promise.all(
    files.map(async ({ variable, file }) =>
      judgeCertificate(variable, Date.parse(new X509Certificate(await readFile(file)).validTo), now),
    ),
  );
  if (clientCaFile === undefined || clientCrlFile === undefined) return certificates;
  const lists = readRevocationLists(await readFile(clientCrlFile), await readFile(clientCaFile));
  return [...certificates, ...lists.map((list) => judgeRevocationList(list, now))];
}

/** One that is late is still obeyed, but who has been revoked since is not on it. */
export function judgeRevocationList(
  { nextAt, serials }: Omit<RevocationList, 'authority'>,
  now: number,
): Finding {
  const said = `TLS_CLIENT_CRL revokes ${serials.size}`;
  return nextAt !== undefined && nextAt <= now
    ? warn(
        'certificate',
        `${said}, and its next issue is overdue`,
        'put a new list of your authority in its place',
      )
    : ok('certificate', said);
}

export function judgeCertificate(variable: string, endsAt: number, now: number): Finding {
  const days = Math.floor((endsAt - now) / DAY_MS);
  const todo = `renew it, put it in the place of ${variable} and restart the service`;
  if (endsAt <= now)
    return fail('certificate', `${variable} ended ${-days} days ago: devices refuse us`, todo);
  return days < 21
    ? warn('certificate', `${variable} ends in ${days} days`, todo)
    : ok('certificate', `${variable} ends in ${days} days`);
}

/** `mark`: what the database has sealed with its key. */
export async function lookAtDataKey(
  { dataKeyFile, dataDir }: Config,
  mark: Buffer | undefined,
): Promise<Finding> {
  const path = dataKeyFile ?? join(dataDir, 'data.key');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const key = text === undefined ? undefined : parseDataKeys(text);
  if (key === undefined)
    return mark === undefined
      ? ok('data key', 'none yet: it is made at the first start')
      : fail(
          'data key',
          `none at ${path}`,
          'put the key that this database was made with there; do not start without it',
        );
  if (mark !== undefined)
    try {
      createPersonalData(key.current, key.former).open(mark);
    } catch {
      return fail(
        'data key',
        `the one at ${path} is not this database's`,
        'put the right one there, from where it is kept',
      );
    }
  if (((await stat(path)).mode & 0o077) !== 0)
    return warn('data key', `others may read ${path}`, `chmod 600 ${path}`);
  return dataKeyFile === undefined
    ? warn(
        'data key',
        `lies beside the data, at ${path}`,
        'keep it elsewhere: move it, name it in DATA_KEY_FILE, and keep a copy off this machine',
      )
    : ok('data key', mark === undefined ? 'is there' : 'is the one of this database');
}
