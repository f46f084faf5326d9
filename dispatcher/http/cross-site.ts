/**
 * Defence against cross-site request forgery for requests that a browser authenticates by itself (the cookie) and for
 * the login. Browsers say where an unsafe request comes from (`Sec-Fetch-Site`, `Origin`); a program that says neither
 * is no browser, so nobody's cookie is abused. `SameSite=Strict` on the cookie is the second lock.
 */
export interface SiteFacts {
  method: string;
  /** Header values as they came. */
  secFetchSite: string | undefined;
  origin: string | undefined;
  host: string | undefined;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isCrossSite({ method, secFetchSite, origin, host }: SiteFacts): boolean {
  if (SAFE_METHODS.has(method)) return false;
  if (secFetchSite !== undefined) return secFetchSite !== 'same-origin' && secFetchSite !== 'none';
  if (origin === undefined) return false;
  // `Origin: null` (sandboxed frames, data: pages) is nobody we know.
  const parsed = URL.parse(origin);
  return parsed === null || parsed.host !== host;
}
