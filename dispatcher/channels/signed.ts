import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from './webhook-channel.ts';

/** A report that was sent longer ago, or is from the future, is a replay or a wrong clock. */
const TOLERANCE_S = 300;

/** Whether a body was signed with the secret, as Standard Webhooks do, and lately. Several signatures may be given. */
export function isSigned(
  secret: string,
  body: string,
  headers: { id: string | undefined; timestamp: string | undefined; signature: string | undefined },
  nowMs: number,
): boolean {
  const { id, timestamp, signature } = headers;
  if (id === undefined || timestamp === undefined || signature === undefined) return false;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) - nowMs / 1000) > TOLERANCE_S) return false;
  const right = Buffer.from(`v1,${signatureOf(secret, id, timestamp, body)}`);
  return signature.split(' ').some((given) => {
    const said = Buffer.from(given);
    return said.length === right.length && timingSafeEqual(said, right);
  });
}
