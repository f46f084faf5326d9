import { verify, X509Certificate } from 'node:crypto';
import { DER, type DerElement, derElements, DerError, oidOf, serialOf, timeOf } from './der.ts';

/** Certificates that an authority has taken back (RFC 5280, section 5), its signature checked. */
export interface RevocationList {
  /** The authority's own certificate. */
  readonly authority: X509Certificate;
  /** Of the certificates that are good no more. */
  readonly serials: ReadonlySet<string>;
  /** When the authority means to have made the next one; undefined: it does not say. */
  readonly nextAt: number | undefined;
}

/** A file of lists is no such thing, or not of these authorities; `message` says what is wrong with it. */
export class RevocationListError extends Error {
  readonly code = 'REVOCATION_LIST';
}

const PEM = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** Hash by signature algorithm; null: the algorithm has its own. */
const ALGORITHMS: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
  '1.3.101.113': null,
};

/**
 * All lists of a file (PEM, one or several, or one in DER). `authorities`: a file of certificates in PEM. Throws
 * `RevocationListError` for anything that would leave a certificate unrevoked that the file was meant to revoke.
 */
export function readRevocationLists(file: Buffer, authorities: Buffer): RevocationList[] {
  const known = (authorities.toString('latin1').match(PEM_CERTIFICATE) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  const blocks: Buffer[] = [...file.toString('latin1').matchAll(PEM)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64'),
  );
  if (blocks.length === 0) blocks.push(file);
  return blocks.map((der) => {
    try {
      return readOne(der, known);
    } catch (error) {
      if (error instanceof DerError) throw new RevocationListError(`no revocation list: ${error.message}`);
      throw error;
    }
  });
}

function readOne(der: Buffer, known: readonly X509Certificate[]): RevocationList {
  const [list] = derElements(der);
  const [body, algorithm, signature] = partsOf(list, DER.sequence);
  const [oid] = partsOf(algorithm, DER.sequence);
  const [unusedBits, ...signed] = expectTag(signature, DER.bitString).content;
  if (unusedBits !== 0) throw new DerError('a signature that is none');
  const name = oidOf(expectTag(oid, DER.oid));
  const hash = ALGORITHMS[name];
  if (hash === undefined) throw new RevocationListError(`signed in a way that is not known here (${name})`);
  const { whole } = expectTag(body, DER.sequence);
  const authority = known.find((certificate) => {
    try {
      return verify(hash, whole, certificate.publicKey, Buffer.from(signed));
    } catch {
      return false; // a key of another kind
    }
  });
  if (authority === undefined)
    throw new RevocationListError('not signed by an authority that clients must have');
  return { authority, ...contentsOf(body) };
}

function contentsOf(body: DerElement | undefined): Pick<RevocationList, 'serials' | 'nextAt'> {
  const parts = partsOf(body, DER.sequence);
  // [version] signature issuer thisUpdate [nextUpdate] [revokedCertificates] [extensions]
  let at = parts[0]?.tag === DER.integer ? 1 : 0;
  at += 2;
  timeOf(parts[at++] ?? missing());
  const next = parts[at];
  const nextAt = next !== undefined && isTime(next) ? timeOf(next) : undefined;
  if (nextAt !== undefined) at += 1;
  const serials = new Set<string>();
  if (parts[at]?.tag === DER.sequence)
    for (const entry of derElements((parts[at++] ?? missing()).content)) {
      const [serial] = partsOf(entry, DER.sequence);
      serials.add(serialOf(expectTag(serial, DER.integer).content));
    }
  if (parts[at] !== undefined) refuseCritical(parts[at]);
  return { serials, nextAt };
}

/** Such as a list of the changes only: read as a whole one it would leave certificates good that are not. */
function refuseCritical(extensions: DerElement | undefined): void {
  const [all] = derElements(extensions?.content ?? Buffer.alloc(0));
  for (const extension of partsOf(all, DER.sequence)) {
    const [oid, critical] = partsOf(extension, DER.sequence);
    if (critical?.tag === BOOLEAN && critical.content[0] !== 0)
      throw new RevocationListError(`has a critical extension (${oidOf(expectTag(oid, DER.oid))})`);
  }
}
const BOOLEAN = 0x01;

const isTime = ({ tag }: DerElement): boolean => tag === DER.utcTime || tag === DER.generalizedTime;

function partsOf(element: DerElement | undefined, tag: number): DerElement[] {
  return derElements(expectTag(element, tag).content);
}

function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) throw new DerError('it is something else');
  return element;
}

const missing = (): never => {
  throw new DerError('it ends too early');
};

/** Whether one of the lists has it; of an authority without a list nothing is revoked. */
export const isRevoked = (lists: readonly RevocationList[], certificate: X509Certificate): boolean =>
  lists.some(
    ({ authority, serials }) =>
      serials.has(serialOf(certificate.serialNumber)) && certificate.checkIssued(authority),
  );
