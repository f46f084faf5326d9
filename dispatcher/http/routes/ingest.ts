import { createHash } from 'node:crypto';
import { z } from 'zod';
import { hashSecret } from '../../../platform/crypto/secrets.ts';
import { MAX_DEAD_LETTER_BYTES, MAX_PAYLOAD_BYTES } from '../../../schemas/channels.ts';
import { ingestBody } from '../../../schemas/commands.ts';
import {
  type InboundMessage,
  type Intake,
  IntakeClosed,
  type Outcome,
  type Principal,
} from '../../../schemas/inbound.ts';
import { TOPIC_ROOT } from '../../../schemas/topics.ts';
import { answers, type App } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { bearerOf, unauthenticated } from '../guard.ts';
import { Problem } from '../problem.ts';

/** What became of one element: an outcome of ours, or refused at the door with nothing stored. */
type Answer = Outcome | { result: 'refused'; reason: 'foreign_home' | 'too_large' };

/** Longer than a database takes to come back from a restart would keep callers hanging; they retry. */
export const COMMIT_WITHIN_MS = 10_000;
/** 1,000 messages of the largest payload. */
const BODY_BYTES = 20 * 1024 * 1024;

/**
 * Channels whose messages are let in even when the intake is full: they call for help. What a vendor's message says is
 * known only after decoding; as over MQTT it waits its turn, that is, it is sent again.
 */
const CALLS = new Set(['sos', 'fall', 'reply']);

/**
 * `POST /ingest`: what MQTT does, for a bridge that speaks HTTP. The answer comes after the commit (I1); without one
 * within the time it is 503, and a repeat of messages with an `id` does no harm (I2).
 */
export function ingestRoutes(app: App, deps: Pick<HttpDeps, 'pool' | 'clock' | 'intake'>): void {
  const { pool, clock, intake } = deps;

  async function bridgeOf(token: string | undefined): Promise<Principal & { homes: readonly string[] }> {
    if (token === undefined) throw unauthenticated("a bridge's secret as bearer token is needed");
    const { rows } = await pool.query<{ id: string; homes: string[] }>(
      `select id, homes from bridges
        where retired_at is null
          and (secret_hash = $1 or (previous_secret_hash = $1 and previous_secret_until > $2))`,
      [hashSecret(token), new Date(clock.now())],
    );
    const [bridge] = rows;
    if (bridge === undefined) throw unauthenticated("this is no bridge's secret");
    return { type: 'bridge', ...bridge };
  }

  app.decorateRequest('bridge', undefined);
  app.post(
    '/ingest',
    {
      bodyLimit: BODY_BYTES,
      schema: {
        tags: ['ingest'],
        summary: 'Messages of devices, from a bridge: its secret as bearer token',
        description:
          'One outcome for each message, in order, after the commit; 503 if it cannot commit. A message is ours (deviceId, ' +
          'channel) or in a vendor’s language (topic), read by the codec that the topic’s first level names.',
        body: ingestBody,
        response: answers({
          200: z.array(
            z.looseObject({
              result: z.enum(['reading', 'duplicate', 'dead_letter', 'ignored', 'refused']),
              messageId: z.string().optional(),
              reason: z.string().optional(),
            }),
          ),
        }),
      },
      // Before the body is read: nobody without a secret makes us parse megabytes.
      onRequest: async (request) => {
        request.bridge = await bridgeOf(bearerOf(request));
      },
    },
    async (request) => {
      const { bridge } = request;
      if (bridge === undefined) throw unauthenticated("a bridge's secret is needed");
      if (intake === undefined) throw unavailable('this server takes no messages; ask the one that ingests');
      if (intake.saturated && !request.body.some(({ channel }) => CALLS.has(channel ?? '')))
        throw unavailable('more is waiting than can be held; try again');
      const receivedAt = clock.now();
      const homes = new Set(bridge.homes);
      const work = request.body.map((element) => accept(intake, bridge, homes, element, receivedAt));
      const outcomes = await withinTime(Promise.all(work));
      if (outcomes === undefined) throw unavailable(`not committed within ${COMMIT_WITHIN_MS} ms; try again`);
      return outcomes;
    },
  );

  function withinTime<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimer(COMMIT_WITHIN_MS, () => resolve(undefined));
      work
        .then(resolve, (error: unknown) => {
          reject(error instanceof IntakeClosed ? unavailable('stopping; try again') : error);
        })
        .finally(cancel);
    });
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    bridge: (Principal & { homes: readonly string[] }) | undefined;
  }
}

const unavailable = (detail: string): Problem =>
  new Problem('unavailable', detail, { headers: { 'retry-after': '2' } });

function accept(
  intake: Intake,
  bridge: Principal,
  homes: ReadonlySet<string>,
  element: z.output<typeof ingestBody>[number],
  receivedAt: number,
): Promise<Answer> {
  const { homeId, deviceId = '', channel = '', topic } = element;
  if (!homes.has(homeId)) return Promise.resolve({ result: 'refused', reason: 'foreign_home' });
  // Absent is empty, which is not JSON: a dead letter, as over MQTT.
  const payload = Buffer.from(element.payload === undefined ? '' : JSON.stringify(element.payload), 'utf8');
  if (payload.length > MAX_DEAD_LETTER_BYTES)
    return Promise.resolve({ result: 'refused', reason: 'too_large' });
  const codec = topic?.split('/')[0];
  const message: InboundMessage = {
    // In a vendor's language a bridge is, for this home, what a gateway with this codec is.
    principal: codec === undefined ? bridge : { ...bridge, homeId, codec },
    topic: topic ?? `${TOPIC_ROOT}/${homeId}/${deviceId}/${channel}`,
    payload: payload.length > MAX_PAYLOAD_BYTES ? undefined : payload,
    size: payload.length,
    ...(payload.length > MAX_PAYLOAD_BYTES && { sha256: createHash('sha256').update(payload).digest() }),
    qos: 1,
    receivedAt,
  };
  return intake.accept(message);
}
