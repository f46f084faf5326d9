import { expect, test } from 'vitest';
import { parsePidFile } from './pid-file.ts';
import { findAccount, permits } from './run-user.ts';
import { configurationFile } from './settings.ts';

const passwd = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n';

test('root runs the server as postgres if that account exists, else as nobody', () => {
  expect(findAccount(`${passwd}postgres:x:101:104::/:/bin/sh\n`)).toEqual({ uid: 101, gid: 104 });
  expect(findAccount(passwd)).toEqual({ uid: 65534, gid: 65533 });
  expect(findAccount('nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false')).toEqual({
    uid: 4294967294,
    gid: 4294967294,
  });
  expect(findAccount('root:x:0:0::/root:/bin/sh')).toBeUndefined();
  expect(findAccount('postgres:x:0:0::/:/bin/sh')).toBeUndefined(); // root by another name
});

test('permission bits count for the owner, else the group, else others', () => {
  const user = { uid: 7, gid: 8 };
  expect(permits(user, { mode: 0o700, uid: 7, gid: 1 }, 0o5)).toBe(true);
  expect(permits(user, { mode: 0o700, uid: 0, gid: 0 }, 0o1)).toBe(false);
  expect(permits(user, { mode: 0o710, uid: 0, gid: 8 }, 0o1)).toBe(true);
  expect(permits(user, { mode: 0o005, uid: 7, gid: 8 }, 0o5)).toBe(false);
  expect(permits(user, { mode: 0o751, uid: 0, gid: 0 }, 0o5)).toBe(false);
});

test('a pid file says which process and port', () => {
  const text = '4711\n/proc/self/cwd\n1795396066\n54399\n\n127.0.0.1\n 16039944 4\nready   \n';
  expect(parsePidFile(text)).toEqual({ pid: 4711, port: 54399 });
  expect(parsePidFile('4711\n')).toEqual({ pid: 4711, port: 0 });
  expect([parsePidFile(''), parsePidFile('-4711\n'), parsePidFile('x')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('settings are quoted for the configuration file', () => {
  expect(configurationFile({ a: "it's", b: '' })).toMatch(/^#.*\na = 'it''s'\nb = ''\n$/);
});
