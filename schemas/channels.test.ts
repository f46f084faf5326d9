import { describe, expect, it } from 'vitest';
import { CHANNELS, channelPayloads } from './channels.ts';
import { badExamples, goodExamples } from './examples.ts';

describe.each(CHANNELS)('channel %s', (channel) => {
  const schema = channelPayloads[channel];
  it.each(goodExamples[channel])('takes $name and keeps every field', ({ payload }) => {
    expect(schema.parse(payload)).toEqual(payload);
  });
  it.each(badExamples[channel])('refuses $name and points at it', ({ payload, path }) => {
    const result = schema.safeParse(payload);
    expect(result.success).toBe(false);
    expect(result.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });
  it('refuses what is not an object', () => {
    for (const payload of [null, 1, 'press', [], true]) expect(schema.safeParse(payload).success).toBe(false);
  });
});
