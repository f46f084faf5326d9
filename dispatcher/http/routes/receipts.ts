import { Readable } from 'node:stream';
import { z } from 'zod';
import { isSigned } from '../../channels/signed.ts';
import { answers, type App } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { Problem } from '../problem.ts';

const BODY_BYTES = 16 * 1024;
const receiptBody = z.strictObject({
  noticeId: z.string().min(1).max(200),
  event: z.enum(['received', 'failed', 'key']),
  key: z.string().min(1).max(8).optional(),
  detail: z.string().max(500).optional(),
});

/**
 * What a gateway reports of the notices that it was given. Instead of a login the report is signed as the notices are,
 * with the same secret; that is looked at before the body is read as JSON.
 */
export function receiptRoutes(app: App, deps: Pick<HttpDeps, 'receipts' | 'clock'>): void {
  const { clock, receipts } = deps;
  app.post(
    '/notices/receipts',
    {
      bodyLimit: BODY_BYTES,
      schema: {
        tags: ['notices'],
        summary: 'What became of a notice: it was received, it failed, a key was pressed',
        description:
          'Signed with the secret of the webhook over `webhook-id.webhook-timestamp.body`, in the headers `webhook-id`, ' +
          '`webhook-timestamp` (seconds, within five minutes) and `webhook-signature` (`v1,` and the HMAC-SHA-256 in ' +
          'base64). Key 1 accepts an offer or confirms, key 2 declines an offer. `too_late`: the offer is out no longer.',
        body: receiptBody,
        response: answers({ 200: z.object({ result: z.string(), detail: z.string().optional() }) }),
      },
      preParsing: async (request, _reply, payload) => {
        if (receipts === undefined) throw new Problem('not_found', 'no gateway is configured');
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of payload) {
          const part = Buffer.from(chunk as Uint8Array);
          if ((bytes += part.length) > BODY_BYTES) throw new Problem('too_large', 'a report is small');
          chunks.push(part);
        }
        const body = Buffer.concat(chunks);
        const header = (name: string): string | undefined => {
          const value = request.headers[name];
          return typeof value === 'string' ? value : undefined;
        };
        const signed = isSigned(
          receipts.secret,
          body.toString(),
          {
            id: header('webhook-id'),
            timestamp: header('webhook-timestamp'),
            signature: header('webhook-signature'),
          },
          clock.now(),
        );
        if (!signed) throw new Problem('unauthenticated', 'the report is not signed by the gateway');
        return Object.assign(Readable.from([body]), { receivedEncodedLength: body.length });
      },
    },
    async (request) => {
      if (receipts === undefined) throw new Problem('not_found', 'no gateway is configured');
      return receipts.take(request.body);
    },
  );
}
