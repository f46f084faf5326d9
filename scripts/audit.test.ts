import { expect, it } from 'vitest';
import { verdictOf } from './audit.ts';

it('findings from moderate on fail, lower ones do not, and no answer is told as such', () => {
  const report = (severity: string) =>
    JSON.stringify({ vulnerabilities: { left: { severity, range: '<2' } } });
  expect(verdictOf(report('critical'))).toEqual({ known: true, findings: ['critical: left <2'] });
  expect(verdictOf(report('moderate')).findings).toHaveLength(1);
  expect(verdictOf(report('low'))).toEqual({ known: true, findings: [] });
  expect(verdictOf('{"vulnerabilities":{}}')).toEqual({ known: true, findings: [] });
  expect(verdictOf('{"message":"405 Method Not Allowed"}')).toMatchObject({
    known: false,
    why: '405 Method Not Allowed',
  });
  expect(verdictOf('no json')).toMatchObject({ known: false, findings: [] });
});
