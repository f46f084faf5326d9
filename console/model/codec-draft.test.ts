import { describe, expect, it } from 'vitest';
import { codecBody, mappingProblems } from '../../schemas/codec-mapping.ts';
import { codecChanges, draftOfCodec, FIRST_DRAFT, readMapping, sampleTopic } from './codec-draft.ts';
import { jsonFault } from './json-fault.ts';

const codec = {
  id: 'acme',
  title: '按钮',
  topic: 'acme/+/{device}',
  messages: [],
  otherwise: 'ignore',
  version: 3,
  createdAt: '2026-11-23T00:00:00.000Z',
};

describe('a codec as it is edited', () => {
  it('is its mapping as text, without what the registry adds', () => {
    const draft = draftOfCodec(codec);
    expect(draft).toMatchObject({ id: 'acme', title: '按钮' });
    expect(readMapping(draft.text)).toEqual({
      ok: true,
      mapping: { topic: 'acme/+/{device}', messages: [], otherwise: 'ignore' },
    });
  });

  it('begins as one that the service would take', () => {
    const read = readMapping(FIRST_DRAFT.text);
    const body = codecBody.parse(read.ok && { id: FIRST_DRAFT.id, ...read.mapping });
    const { id = '', title: _, ...mapping } = body;
    expect(mappingProblems(id, mapping)).toEqual([]);
  });

  it('says where its JSON is broken', () => {
    expect(readMapping('{\n  "topic": acme\n}')).toEqual({ ok: false, line: 2, column: 12 });
    expect(readMapping('{\n "topic": "a"')).toEqual({ ok: false, line: 2, column: 14 });
    expect(readMapping('[]')).toMatchObject({ ok: false });
    for (const text of ['', '{', '{"a":1,}', '{"a" 1}', '[01]', '{"a":"\\x"}', '"\n"', '{} {}', 'nul'])
      expect(jsonFault(text), text).toBeTypeOf('number');
    for (const text of ['{}', ' [1, -0.5e+3, {"a":[]}] ', '"\\u00e9\\n"', 'null'])
      expect([jsonFault(text), JSON.stringify(JSON.parse(text)).length > 0], text).toEqual([undefined, true]);
  });

  it('takes members away by null, and says which version it has seen', () => {
    expect(codecChanges(codec, { title: 'x', mapping: { topic: 'acme/{device}', messages: [] } })).toEqual({
      title: 'x',
      topic: 'acme/{device}',
      messages: [],
      otherwise: null,
      expectedVersion: 3,
    });
  });

  it('offers a topic that its pattern takes', () => {
    expect(sampleTopic('acme/+/{device}', 'b7')).toBe('acme/x/b7');
    expect(sampleTopic(undefined, 'b7')).toBe('');
  });
});
