import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isRevoked, readRevocationLists, RevocationListError } from './revocation-list.ts';

/** Made with openssl for this test; `d1` (serial 1A2B) is on the list of `ca`. */
const CA = `-----BEGIN CERTIFICATE-----
MIIBcjCCARegAwIBAgIUSgRTgpdyxmwzd7Jt9UOuOLIshcMwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTIzMTA0NjU3WhgPMjEyNjEwMzAxMDQ2NTda
MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEatjeguJH
u6jUncHDy81Gm8iU1mtFglOr7eDDt6mU3RjG2M7dO4dKQXu0KpUjuNPsPdcGFjb4
aFY4EceCx9aM4aNTMFEwHQYDVR0OBBYEFP0OlpVnhlVi3t7qjjrLCGiVhcKnMB8G
A1UdIwQYMBaAFP0OlpVnhlVi3t7qjjrLCGiVhcKnMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSQAwRgIhAPFVmzoZFZ4BRLEYNXSvSY0Oaiicwwhc4ZXYaacA
2LmKAiEAm05sM6YBNnT+3BeFvOEP5Nvrb1CRYwZZoVQFIqhDJHA=
-----END CERTIFICATE-----`;
const CRL = `-----BEGIN X509 CRL-----
MIG8MGUCAQEwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EXDTI2MTEyMzEwNDY1
N1oYDzIxMjYxMDMwMTA0NjU3WjAVMBMCAhorFw0yNjExMjMxMDQ2NTdaoA4wDDAK
BgNVHRQEAwIBATAKBggqhkjOPQQDAgNHADBEAiAAm4q/5abqE6c+qpLtoTh4nHHI
EdC1UJlSt/4/ZfiFkAIgUpJ3SIrhyHY4/dPwBuOsMhUO3kse5O5KsTk7WzkOQGQ=
-----END X509 CRL-----`;
const D1 = `-----BEGIN CERTIFICATE-----
MIIBBDCBqwICGiswCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EwIBcNMjYxMTIz
MTA0NjU3WhgPMjEyNjEwMzAxMDQ2NTdaMA0xCzAJBgNVBAMMAmQxMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEwVolFAPHleHh7lgJqYYiYgf+ztt6Yt1cSp7KXm+Y
C1A0vZhiAigYh0oau8VZgHf/O6NeiCj9MoSwQ4K0RLcuoDAKBggqhkjOPQQDAgNI
ADBFAiB8HPRKd374jpKSXY3St+LEWzrL4KVjttfFWGaFvu53XAIhAJ4YxrjQbZ/X
1VH7udtbaVJtw4TwBUFa2Dd8PoBwpFUt
-----END CERTIFICATE-----`;
/** Another authority, of nobody here. */
const STRANGER = D1;
const lists = (file: string | Buffer, authorities = CA) =>
  readRevocationLists(Buffer.from(file), Buffer.from(authorities));

it('a list says which certificates of its authority are good no more, and when the next is due', () => {
  const [list, ...others] = lists(CRL);
  expect(others).toEqual([]);
  expect([...(list?.serials ?? [])]).toEqual(['1A2B']);
  expect(new Date(list?.nextAt ?? 0).toISOString()).toBe('2126-10-30T10:46:57.000Z');
  expect(isRevoked(lists(CRL), new X509Certificate(D1))).toBe(true);
  expect(isRevoked(lists(CRL), new X509Certificate(CA))).toBe(false);
  expect(isRevoked([], new X509Certificate(D1))).toBe(false);
});

it('several lists may stand in a file, and one may be in DER', () => {
  expect(lists(`${CRL}\n${CRL}\n`, `${STRANGER}\n${CA}`)).toHaveLength(2);
  const der = Buffer.from(CRL.replaceAll(/-----.*-----/g, ''), 'base64');
  expect(lists(der)).toHaveLength(1);
});

it('a list that no authority of ours has signed is refused', () => {
  expect(() => lists(CRL, STRANGER)).toThrow(/not signed by an authority/);
  expect(() => lists(CRL, '')).toThrow(RevocationListError);
});

it('whatever is changed in a list, it is refused and never read as another', () => {
  const der = Buffer.from(CRL.replaceAll(/-----.*-----/g, ''), 'base64');
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const other = Buffer.from(der);
      other.writeUInt8((other[at] ?? 0) ^ change, at);
      expect(() => lists(other)).toThrow(RevocationListError);
    }),
    { numRuns: 500 },
  );
  for (let length = 0; length < der.length; length += 1)
    expect(() => lists(der.subarray(0, length))).toThrow(RevocationListError);
});
