import { describe, expect, test } from 'vitest';
import { createLog } from './log.ts';
import { BLANK, redact, REDACTED_FIELDS } from './redact.ts';

function lines() {
  const written: string[] = [];
  return {
    stream: { write: (line: string) => void written.push(line) },
    all: () => written.map((line) => JSON.parse(line)),
  };
}

describe('redaction', () => {
  test('personal data and secrets are blanked at any of the first levels', () => {
    for (const field of REDACTED_FIELDS) {
      const value = { [field]: 'x', list: [{ [field]: 'x', kept: 1 }], a: { b: { c: { [field]: ['x'] } } } };
      expect(redact(value)).toEqual({
        [field]: BLANK,
        list: [{ [field]: BLANK, kept: 1 }],
        a: { b: { c: { [field]: BLANK } } },
      });
    }
  });

  test('what is logged stays as it was', () => {
    const value = { phone: '1', list: [{ name: 'x' }] };
    redact(value);
    expect(value).toEqual({ phone: '1', list: [{ name: 'x' }] });
  });

  test('a value that refers to itself ends', () => {
    const value: Record<string, unknown> = { phone: '1' };
    value['self'] = value;
    expect(redact(value)).toHaveProperty('phone', BLANK);
  });
});

describe('log', () => {
  test('a line is JSON with level, ISO time, constant message and facts', () => {
    const out = lines();
    createLog({ level: 'info', stream: out.stream })
      .child({ part: 'broker', phone: '138' })
      .info({ homeId: 'h1', token: 't' }, 'opened');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(out.all()).toEqual([
      { level: 'info', time, part: 'broker', phone: BLANK, homeId: 'h1', token: BLANK, msg: 'opened' },
    ]);
  });

  test("an error is logged with its code and cause, without PostgreSQL's quotation of the row", () => {
    const out = lines();
    const cause = Object.assign(new Error('refused'), {
      code: '23514',
      detail: 'Failing row contains (王芳)',
      table: 'readings',
    });
    createLog({ level: 'info', stream: out.stream }).error(
      { err: new Error('not stored', { cause }) },
      'commit failed',
    );
    expect(out.all()[0]).toMatchObject({
      err: { message: 'not stored', cause: { code: '23514', table: 'readings' } },
    });
    expect(JSON.stringify(out.all())).not.toContain('王芳');
  });
});
