import { expect, it } from 'vitest';
import { mayWrite } from '../console/model/registry-specs.ts';
import { OF_THE_WHOLE_DISTRICT } from '../dispatcher/http/access.ts';

it('a form is shown to nobody whom the service would refuse for seeing some streets only', () => {
  const paths = [...OF_THE_WHOLE_DISTRICT].flatMap((route) => {
    const path = /(second-factor)$/.exec(route)?.[1] ?? /^\w+ \/(?:reports\/)?([a-z-]+)/.exec(route)?.[1];
    return path === undefined ? [] : [path];
  });
  expect([...new Set(paths)].toSorted()).toEqual([
    'codecs',
    'contact-rules',
    'ledger',
    'policies',
    'protocols',
    'rules',
    'second-factor',
    'settlement',
  ]);
  for (const path of paths) {
    expect(mayWrite(path, { role: 'admin', streets: ['莲花'] }), path).toBe(false);
    expect(mayWrite(path, { role: 'admin', streets: [] }), path).toBe(true);
    expect(mayWrite(path, { role: 'operator', streets: [] }), path).toBe(false);
  }
  expect(mayWrite('homes', { role: 'supervisor', streets: ['莲花'] })).toBe(true);
  expect(mayWrite('homes', undefined)).toBe(false);
});
