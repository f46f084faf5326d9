import { describe, expect, it } from 'vitest';
import { certificateNames } from './certificate-names.ts';

describe('a certificate speaks for', () => {
  it.each([
    ['its common name', { subject: { CN: 'button-7' } }, ['button-7']],
    [
      'its alternative names first',
      { subject: { CN: 'maker' }, subjectaltname: 'DNS:button-7, URI:urn:yinling:device:pir-3' },
      ['button-7', 'pir-3'],
    ],
    [
      'its common name, where no alternative name is an id',
      { subject: { CN: 'button-7' }, subjectaltname: 'IP Address:10.0.0.7, DNS:a.example.org' },
      ['button-7'],
    ],
    ['nobody, without names', {}, []],
    ['nobody, where a name is no id', { subject: { CN: 'a/b' }, subjectaltname: 'URI:https://x' }, []],
    ['each of several common names that is an id', { subject: { CN: ['a', '#', 'b'] } }, ['a', 'b']],
  ])('%s', (_what, certificate, names) => {
    expect(certificateNames(certificate)).toEqual(names);
  });
});
