import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from './clock.ts';
import { BEAT_EVERY_MS, DirectBroadcast } from './direct-broadcast.ts';
import { DIRECT_MOST_BYTES, hearDirectly } from './direct-hearing.ts';
import { until } from '../tests/support/until.ts';

async function hearing(id = 'desk') {
  const heard: string[] = [];
  const made = await hearDirectly({ id, host: '127.0.0.1', port: 0, hear: (text) => void heard.push(text) });
  onTestFinished(() => made.close());
  return { heard, ...made };
}
const telling = () => {
  const broadcast = new DirectBroadcast({ clock: systemClock, beat: 'beat', bye: 'bye' });
  onTestFinished(() => broadcast.close());
  return broadcast;
};

it('tells whom it has learnt of, at whichever of its addresses answers, a beat when there is nothing, and says good-bye', async () => {
  const desk = await hearing();
  const broadcast = telling();
  const { address } = desk;
  // An address of another network, where nobody answers
  broadcast.learn({ ...address, urls: ['http://127.0.0.1:1', ...address.urls] });
  await until('the first beat', () => desk.heard.includes('beat'));
  await until('it to be reached', () => broadcast.reached === 1);
  broadcast.say('a press waits');
  await until('the text', () => desk.heard.includes('a press waits'));
  const beats = desk.heard.length;
  await until('the next beat', () => desk.heard.length > beats, 5 * BEAT_EVERY_MS);
  broadcast.close();
  await until('the good-bye', () => desk.heard.at(-1) === 'bye');
});

it('a listener that is gone does not keep the others from being told', async () => {
  const [gone, desk] = [await hearing('gone'), await hearing()];
  await gone.close();
  const broadcast = telling();
  broadcast.learn(gone.address);
  broadcast.learn(desk.address);
  broadcast.say('a press waits');
  await until('the text', () => desk.heard.includes('a press waits'));
  expect(gone.heard).toEqual([]);
});

it('refuses whoever has not its token, and what is too long', async () => {
  const { address, heard } = await hearing();
  const [url = ''] = address.urls;
  const post = (token: string, body: string) =>
    fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body }).then(
      ({ status }) => status,
      () => 'cut',
    );
  expect(await post('', 'x')).toBe(403);
  expect(await post(`${address.token}x`, 'x')).toBe(403);
  expect([413, 'cut']).toContain(await post(address.token, 'x'.repeat(DIRECT_MOST_BYTES + 1)));
  expect(heard).toEqual([]);
  expect(await post(address.token, 'x')).toBe(204);
  expect(heard).toEqual(['x']);
});
