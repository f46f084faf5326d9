import { describe, expect, it } from 'vitest';
import { subscriptionOf } from './subscription.ts';

describe('what is consumed of an external broker', () => {
  it('is everything, in one session that keeps its order', () => {
    expect(subscriptionOf('mqtts://u:p@broker:8883')).toMatchObject({
      url: 'mqtts://u:p@broker:8883',
      topic: 'care/v1/+/+/+',
      sessions: ['yinling-ingest'],
    });
  });

  it('with ?share= is shared by sixteen sessions, and the name is not told to the broker', () => {
    const { url, topic, sessions } = subscriptionOf('wss://u:p@broker/mqtt?x=1&share=care');
    expect({ url, topic }).toEqual({ url: 'wss://u:p@broker/mqtt?x=1', topic: '$share/care/care/v1/+/+/+' });
    expect(new Set(sessions).size).toBe(16);
    // What waits in the session of a process that was alone is attended by these
    expect(sessions).toContain('yinling-ingest');
    // [MQTT-3.1.3-5]
    expect(sessions.every((name) => /^[\w-]{1,23}$/.test(name))).toBe(true);
  });

  it('is known as the same to all that consume it, whoever they are for the broker', () => {
    const what = (text: string): string => subscriptionOf(text).what;
    expect(what('mqtt://a:b@broker:1883?share=g')).toBe(what('mqtt://c:d@broker:1883?share=g'));
    expect(new Set(['mqtt://b', 'mqtt://c', 'mqtt://b?share=g', 'mqtt://b?share=h'].map(what)).size).toBe(4);
  });
});
