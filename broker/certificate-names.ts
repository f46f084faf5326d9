import { ID_PATTERN } from '../schemas/ids.ts';

/** As Node.js shows a peer's certificate; empty without one. */
export interface ShownCertificate {
  readonly subject?: { readonly CN?: string | readonly string[] | undefined };
  /** `DNS:button-7, URI:urn:yinling:device:button-7, IP Address:…` */
  readonly subjectaltname?: string | undefined;
}

const OURS = 'urn:yinling:device:';

/**
 * Usernames that a certificate speaks for: the alternative names, or where there is none of use the common name
 * (RFC 9525 has names in the former; makers of devices still write the latter). Pure; that the certificate is good,
 * TLS has checked.
 */
export function certificateNames({ subject, subjectaltname = '' }: ShownCertificate): readonly string[] {
  const alternative = subjectaltname.split(', ').flatMap((entry) => {
    if (entry.startsWith('DNS:')) return entry.slice('DNS:'.length);
    const uri = `URI:${OURS}`;
    return entry.startsWith(uri) ? entry.slice(uri.length) : [];
  });
  const ids = alternative.filter((name) => ID_PATTERN.test(name));
  if (ids.length > 0) return [...new Set(ids)];
  return [subject?.CN ?? []].flat().filter((name) => ID_PATTERN.test(name));
}
