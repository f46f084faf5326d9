import { describe, expect, it } from 'vitest';
import { isCrossSite } from './cross-site.ts';

const facts = { method: 'POST', secFetchSite: undefined, origin: undefined, host: 'care.example:8080' };

describe('cross-site requests', () => {
  it.each([
    ['a program without browser headers', {}, false],
    ['our own page', { secFetchSite: 'same-origin', origin: 'http://care.example:8080' }, false],
    ['our own page in an old browser', { origin: 'http://care.example:8080' }, false],
    ['the address bar', { secFetchSite: 'none' }, false],
    ['another site', { secFetchSite: 'cross-site', origin: 'http://evil.example' }, true],
    ['a sibling domain', { secFetchSite: 'same-site', origin: 'http://x.care.example' }, true],
    ['another site in an old browser', { origin: 'http://evil.example' }, true],
    ['another port in an old browser', { origin: 'http://care.example:9090' }, true],
    ['a sandboxed frame', { origin: 'null' }, true],
    ['a mere look from another site', { method: 'GET', secFetchSite: 'cross-site' }, false],
  ])('%s: %o → %s', (_, given, expected) => {
    expect(isCrossSite({ ...facts, ...given })).toBe(expected);
  });
});
