import { describe, expect, it } from 'vitest';
import { readNotices, writeNotices, writeQuestion } from './session-notices.ts';

describe('what brokers say to each other of sessions', () => {
  const began = [
    { clientId: 'd1/c', username: 'd1', epoch: 5, willTopic: 'care/v1/h1/d1/status' },
    { clientId: 'd2/c', username: 'd2', epoch: 6, willTopic: undefined },
  ];

  it('is many sessions at once, and a question, and is read as it was written', () => {
    expect(readNotices(writeNotices('me', began))).toEqual({ from: 'me', began });
    expect(readNotices(writeQuestion('me'))).toEqual({ from: 'me', asks: true });
  });

  it.each(['', '{}', '{"from":"me","began":[["c","d",null,null]]}', '{"from":"me","asks":false}'])(
    'is nothing else: %s',
    (text) => {
      expect(() => readNotices(text)).toThrow();
    },
  );
});
