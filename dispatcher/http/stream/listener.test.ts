import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../ports.ts';
import type { Scope } from '../scope.ts';
import { encodeEvent, readLastEventId } from './frames.ts';
import { LISTENER_LIMITS, type Sink, StreamListener } from './listener.ts';

const district: Scope = { reach: 'all', streets: null, caregiverId: null };
const event = (no: number, street = '莲花', data: object = { no }): StreamEvent => ({
  no,
  type: 'alert',
  street,
  data: JSON.stringify(data),
});

/** What was written, as the ids of events (resets as negative numbers). */
class RecordingSink implements Sink {
  text = '';
  bufferedBytes = 0;
  destroyed = false;
  write(chunk: Buffer): void {
    this.text += chunk.toString('utf8');
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
  destroy(): void {
    this.destroyed = true;
  }
  get ids(): number[] {
    return [...this.text.matchAll(/id: (\d+)\nevent: (\w+)/g)].map(([, id, type]) =>
      type === 'reset' ? -Number(id) : Number(id),
    );
  }
}

/** Keeps events from `oldest` on; answers when told to, so that events can come in between. */
class FakeSource {
  readonly events: StreamEvent[] = [];
  oldest = 1;
  readonly #gates: (() => void)[] = [];
  head(): Promise<number> {
    return Promise.resolve(this.events.at(-1)?.no ?? 0);
  }
  async after(no: number, limit: number): Promise<{ events: StreamEvent[] } | { reset: true }> {
    await new Promise<void>((resolve) => void this.#gates.push(resolve));
    if (no + 1 < this.oldest) return { reset: true };
    return { events: this.events.filter((e) => e.no > no).slice(0, limit) };
  }
  async answer(): Promise<void> {
    this.#gates.shift()?.();
    await turn();
  }
  get asked(): boolean {
    return this.#gates.length > 0;
  }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a stream listener', () => {
  it('sends every event once, in order, whatever comes while it reads', async () => {
    const steps = fc.array(fc.constantFrom('publish', 'publish', 'answer'), { maxLength: 60 });
    const limits = fc.record({
      page: fc.integer({ min: 1, max: 5 }),
      waitingEvents: fc.integer({ min: 1, max: 6 }),
      bufferedBytes: fc.constant(Infinity),
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(20), fc.nat(20), limits, async (given, before, back, limit) => {
        const source = new FakeSource();
        for (let no = 1; no <= before; no++) source.events.push(event(no));
        const sink = new RecordingSink();
        const listener = new StreamListener(sink, source, district, limit);
        const after = Math.max(0, before - back);
        const started = listener.start(after, () => undefined);
        await turn();
        for (const step of given) {
          if (step === 'answer') {
            await source.answer();
          } else {
            const next = event(source.events.length + 1);
            source.events.push(next);
            listener.offer(encodeEvent(next));
          }
        }
        while (source.asked) await source.answer();
        await started;
        expect(sink.ids).toEqual(source.events.map((e) => e.no).filter((no) => no > after));
      }),
    );
  });

  it('starts at now without a Last-Event-ID, and says where that is', async () => {
    const source = new FakeSource();
    source.events.push(event(1), event(2));
    const sink = new RecordingSink();
    const listener = new StreamListener(sink, source, district);
    await listener.start(undefined, () => undefined);
    listener.offer(encodeEvent(event(2)));
    listener.offer(encodeEvent(event(3)));
    expect(sink.ids).toEqual([3]);
    expect(sink.text).toContain(': connected\nid: 2\n\n');
  });

  it.each([
    ['too old', '1'],
    ['ahead of us', '99'],
    ['no number', 'abc'],
  ])('is reset when its Last-Event-ID is %s, and goes on live', async (_, lastEventId) => {
    const source = new FakeSource();
    source.events.push(event(7), event(8));
    source.oldest = 7;
    const sink = new RecordingSink();
    const listener = new StreamListener(sink, source, district);
    const started = listener.start(readLastEventId(lastEventId), () => undefined);
    await turn();
    await source.answer();
    await started;
    listener.offer(encodeEvent(event(9)));
    expect(sink.ids).toEqual([-8, 9]);
  });

  it('is sent nothing out of its scope, but hears with a beat how far it has come', async () => {
    const sink = new RecordingSink();
    const scope: Scope = { ...district, streets: ['福保'] };
    const listener = new StreamListener(sink, new FakeSource(), scope);
    await listener.start(undefined, () => undefined);
    listener.offer(encodeEvent(event(1, '莲花')));
    listener.offer(encodeEvent(event(2, '福保')));
    listener.offer(encodeEvent(event(3, '莲花')));
    listener.beat();
    listener.beat();
    expect(sink.ids).toEqual([2]);
    expect(sink.text.endsWith(': beat\nid: 3\n\n: beat\n\n')).toBe(true);
  });

  it('shows a caregiver their own orders only', async () => {
    const sink = new RecordingSink();
    const own: Scope = { reach: 'own', streets: null, caregiverId: 'c1' };
    const listener = new StreamListener(sink, new FakeSource(), own);
    await listener.start(undefined, () => undefined);
    const order = (no: number, data: object) =>
      listener.offer(encodeEvent({ ...event(no, '莲花', { service: 'meal', ...data }), type: 'order' }));
    order(1, { caregiverId: 'c2', offers: [] });
    order(2, { caregiverId: null, offers: [{ caregiverId: 'c1' }] });
    order(3, { caregiverId: 'c1', offers: [] });
    listener.offer(encodeEvent(event(4, '莲花', { kind: 'sos' })));
    expect(sink.ids).toEqual([2, 3]);
  });

  it('drops a connection that does not read, rather than remember for it (lessons: aedes #1060)', async () => {
    const sink = new RecordingSink();
    const limits = { ...LISTENER_LIMITS, bufferedBytes: 100 };
    const listener = new StreamListener(sink, new FakeSource(), district, limits);
    await listener.start(undefined, () => undefined);
    sink.bufferedBytes = 101;
    listener.offer(encodeEvent(event(1)));
    expect([sink.destroyed, listener.closed]).toEqual([true, true]);
  });
});
