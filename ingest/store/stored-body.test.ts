import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storedBody, wholePayload } from './stored-body.ts';

const AT = 1_768_440_000_123;
const rowOf = (body: string, more: { messageId?: string | null; flags?: number } = {}) => ({
  body,
  messageId: more.messageId === undefined ? 'm-1' : more.messageId,
  occurredAt: AT,
  flags: more.flags ?? 0,
});
const whole = (row: ReturnType<typeof rowOf>) => {
  const stored = storedBody(row);
  return wholePayload(JSON.parse(stored.body) as Record<string, unknown>, { ...row, flags: stored.flags });
};

describe('the form in which a message is stored', () => {
  it.each([
    [`{"id":"m-1","ts":${AT},"online":true}`, '{"online":true}'],
    [`{"ts":${AT},"id":"m-1","online":true}`, '{"online":true}'],
    [`{"online":true,"id":"m-1","ts":${AT}}`, '{"online":true}'],
    [`{"online":true,"ts":${AT},"battery":5,"id":"m-1"}`, '{"online":true,"battery":5}'],
    [`{"online": true, "ts": ${AT}, "id": "m-1"}`, '{"online": true}'],
    [`{"id": "m-1", "ts": ${AT}, "online": true}`, '{"online": true}'],
    [`{"id":"m-1","ts":${AT}}`, '{}'],
    [`{\n  "id": "m-1",\n  "ts": ${AT},\n  "online": true\n}`, '{\n  \n  \n  "online": true\n}'],
  ])('is without the id and the time that lie in columns: %s', (body, short) => {
    expect(storedBody(rowOf(body))).toEqual({ body: short, flags: -2 });
    expect(whole(rowOf(body))).toEqual(JSON.parse(body));
  });

  it.each([
    [`{"ts":${AT},"online":true}`, null],
    [`{"id":"m-1","ts":${AT},"tag":{"id":"m-1"}}`, 'm-1'],
    [`{"id":"m-1","ts":${AT},"tag":"id"}`, 'm-1'],
    [`{"id" :"m-1","ts":${AT}}`, 'm-1'],
  ])('keeps an id that is not told apart without parsing, or not there: %s', (body, messageId) => {
    expect(storedBody(rowOf(body, { messageId }))).toMatchObject({ flags: -1 });
    expect(whole(rowOf(body, { messageId }))).toEqual(JSON.parse(body));
  });

  it.each([
    ['time as text', `{"id":"m-1","ts":"2026-01-15T01:20:00.123Z"}`],
    ['another time', `{"id":"m-1","ts":${AT + 1}}`],
    ['a fraction', `{"id":"m-1","ts":${AT}.5}`],
    ['an exponent', `{"id":"m-1","ts":${AT}e0}`],
    ['time twice', `{"id":"m-1","ts":1,"ts":${AT}}`],
    ['another ts within', `{"id":"m-1","ts":${AT},"last":{"ts":${AT}}}`],
    ['an escaped name', `{"id":"m-1","\\u0074s":${AT}}`],
    ['an escape anywhere', `{"id":"m-1","ts":${AT},"zone":"\\u5367"}`],
    ['many blanks before the last', `{"id":"m-1",   "ts":${AT}}`],
    ['a blank after the last', `{"id":"m-1","ts":${AT} }`],
  ])('is what came, wherever that is not plain: %s', (_, body) => {
    const row = rowOf(body);
    expect(storedBody(row)).toBe(row);
  });

  it('is what came where flags say that the time is not the device’s own, or that it is a will', () => {
    for (const flags of [1, 3, 5, 8]) {
      const row = rowOf(`{"id":"m-1","ts":${AT}}`, { flags });
      expect(storedBody(row)).toBe(row);
    }
  });

  it('comes back as the message that it was, whatever else is in it and however it is written', () => {
    const name = fc.oneof(
      fc.constantFrom('id', 'ts', 'a', '"ts"', 'x\\', '位置'),
      fc.string({ maxLength: 4 }),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(AT, 'm-1', 'ts', '"ts":1', ',"id":"m-1"', AT + 0.5, null, true, '', '银\n'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(name, tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    const field = fc.tuple(name, value);
    const written = fc.record({
      fields: fc.array(field, { maxLength: 4 }),
      idAt: fc.nat(4),
      tsAt: fc.nat(5),
      hasId: fc.boolean(),
      colon: fc.constantFrom(':', ': ', ' : '),
      comma: fc.constantFrom(',', ', ', ',  ', ',\n '),
      edge: fc.constantFrom('', ' ', '\n'),
    });
    let cut = 0;
    fc.assert(
      fc.property(written, ({ fields, idAt, tsAt, hasId, colon, comma, edge }) => {
        // As decode promises: there is a `ts`, and with a message id an `id`
        const parts = fields
          .filter(([key]) => key !== 'ts' && key !== 'id')
          .map(([key, item]) => JSON.stringify(key) + colon + JSON.stringify(item));
        if (hasId) parts.splice(idAt, 0, `"id"${colon}"m-1"`);
        parts.splice(tsAt, 0, `"ts"${colon}${AT}`);
        const body = `{${edge}${parts.join(comma)}${edge}}`;
        const row = rowOf(body, { messageId: hasId ? 'm-1' : null });
        if (storedBody(row).flags < 0) cut += 1;
        expect(whole(row)).toEqual(JSON.parse(body));
      }),
      { numRuns: 300 },
    );
    expect(cut).toBeGreaterThan(10);
  });
});
