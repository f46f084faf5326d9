import { X509Certificate } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readRevocationLists, RevocationListError } from './crypto/revocation-list.ts';

/** Why certificate and key, or the clients' authority, cannot be used for TLS. */
export function tlsProblems(material: { cert: Buffer; key: Buffer; ca: Buffer | undefined }): string[] {
  const { cert, key, ca } = material;
  const attempt = (names: string, use: () => unknown): string[] => {
    try {
      use();
      return [];
    } catch (error) {
      return [`${names}: cannot be used for TLS (${errorCode(error)})`];
    }
  };
  return [
    ...attempt('TLS_CERT, TLS_KEY', () => createSecureContext({ cert, key })),
    // createSecureContext takes any nonsense for a CA in silence
    ...(ca ? attempt('TLS_CLIENT_CA', () => new X509Certificate(ca)) : []),
  ];
}

/** Why a folder neither is there nor can be made. */
export function folderProblem(folder: string): string | undefined {
  for (let path = folder; ; path = dirname(path))
    try {
      if (!statSync(path).isDirectory()) return 'must be a folder; a file is in its place';
      accessSync(path, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      const code = errorCode(error);
      // ENOTDIR: a file further up, which is met there
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || path === dirname(path))
        return `the folder cannot be used (${code})`;
    }
}

export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';

export function crlProblems(crl: Buffer, ca: Buffer): string[] {
  try {
    readRevocationLists(crl, ca);
    return [];
  } catch (error) {
    if (error instanceof RevocationListError) return [`TLS_CLIENT_CRL: ${error.message}`];
    return []; // TLS_CLIENT_CA is no certificate: said already
  }
}
