import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.ts';
import { silentLog } from '../platform/log.ts';
import type { InboundMessage, Intake, Outcome, Principal } from '../schemas/inbound.ts';
import { CallDirectory } from './call-directory.ts';
import { UNCONFIRMED_AFTER_MS, UnconfirmedPresses } from './unconfirmed-presses.ts';

function desk() {
  const clock = new ManualClock(1_000_000);
  const waiting: ((outcome: Outcome) => void)[] = [];
  const intake: Intake = {
    accept: () => new Promise((resolve) => void waiting.push(resolve)),
    submit: (_message, receipt) => void waiting.push((outcome) => receipt.accepted(outcome)),
    saturated: false,
  };
  const db = {
    query: (text: string) =>
      Promise.resolve({
        rows: text.includes('from homes')
          ? [{ id: 'h1', street: '莲花' }]
          : text.includes('from devices')
            ? [{ home_id: 'h1', id: 'b', no: 7, kind: 'sos_button', external_id: '床头按钮' }]
            : [],
      }),
  };
  const callers = new CallDirectory({ db: db as never, clock, log: silentLog() });
  const presses = new UnconfirmedPresses({ callers, clock, log: silentLog() });
  const told: number[] = [];
  presses.subscribe(() => void told.push(presses.current().length));
  const watched = presses.watch(intake);
  /** As the broker does. */
  const send = (topic: string, payload: string, principal?: Principal): Promise<Outcome> =>
    new Promise((accepted, refused) => {
      const message: InboundMessage = {
        principal: principal ?? { type: 'device', id: 'b' },
        topic,
        payload: Buffer.from(payload),
        size: payload.length,
        qos: 1,
        receivedAt: clock.now(),
      };
      watched.submit?.(message, { accepted, refused });
    });
  const commit = async (n: number): Promise<void> => {
    waiting[n]?.({ result: 'reading', messageId: 'm' });
    await new Promise((done) => setImmediate(done));
  };
  return { clock, callers, presses, told, send, commit };
}

it('a press that is stored in time is never shown as unconfirmed', async () => {
  const { clock, presses, told, send, commit } = desk();
  void send('care/v1/h1/b/sos', '{}');
  clock.advance(UNCONFIRMED_AFTER_MS - 1);
  await commit(0);
  clock.advance(10_000);
  expect(presses.current()).toEqual([]);
  expect(told).toEqual([]);
});

it('whoever sent a press is told when it is stored, by whichever way it came', async () => {
  const { send, commit } = desk();
  const sent = [send('care/v1/h1/b/sos', '{}'), send('care/v1/h1/p/presence', '{}')];
  for (const n of sent.keys()) await commit(n);
  expect(await Promise.all(sent)).toMatchObject([{ result: 'reading' }, { result: 'reading' }]);
});

it('a press that waits is shown once with its street, however often it is repeated, until it is stored', async () => {
  const { clock, callers, presses, told, send, commit } = desk();
  await callers.start();
  void send('care/v1/h1/b/sos', '{"id":"1"}');
  void send('care/v1/h1/p/presence', '{}');
  clock.advance(UNCONFIRMED_AFTER_MS);
  void send('care/v1/h1/b/sos', '{"id":"1"}');
  clock.advance(UNCONFIRMED_AFTER_MS);
  expect(presses.current()).toMatchObject([{ homeId: 'h1', deviceId: 'b', street: '莲花' }]);
  await commit(0);
  expect(presses.current()).toHaveLength(1);
  await commit(2);
  expect(presses.current()).toEqual([]);
  clock.advance(1_000);
  expect(told.at(-1)).toBe(0);
});

it('a press in a vendor’s language is shown with its home and button; other chatter of the gateway is not', async () => {
  const { clock, callers, presses, send, commit } = desk();
  await callers.start();
  const gateway: Principal = { type: 'gateway', id: 'gw', homeId: 'h1', codec: 'zigbee2mqtt' };
  void send('zigbee2mqtt/床头按钮', '{"action":"single"}', gateway);
  void send('zigbee2mqtt/墙上开关', '{"action":"single"}', gateway);
  void send('zigbee2mqtt/门磁', '{"contact":false}', gateway);
  void send('zigbee2mqtt/bridge/state', '{"state":"online"}', gateway);
  clock.advance(UNCONFIRMED_AFTER_MS);
  expect(presses.current()).toMatchObject([{ homeId: 'h1', deviceId: 'b', street: '莲花' }]);
  await commit(0);
  expect(presses.current()).toEqual([]);
});

it('a press of a gateway’s unknown button is shown as the gateway’s', async () => {
  const { clock, callers, presses, send } = desk();
  await callers.start();
  const gateway: Principal = { type: 'gateway', id: 'gw', homeId: 'h2', codec: 'zigbee2mqtt' };
  void send('zigbee2mqtt/new', '{"action":"emergency"}', gateway);
  clock.advance(UNCONFIRMED_AFTER_MS);
  expect(presses.current()).toMatchObject([{ homeId: 'h2', deviceId: 'gw', street: null }]);
});
