import { z } from 'zod';
import type { SessionNotice } from './neighbours.ts';

/** Client id, username, epoch, topic of the will. */
const BEGAN = z.tuple([z.string(), z.string(), z.number(), z.string().nullable()]);
const SAID = z.union([
  z.object({ from: z.string(), began: z.array(BEGAN) }),
  z.object({ from: z.string(), asks: z.literal(true) }),
]);

/** What a broker says to the others of its sessions: those that have begun, or that it would hear of theirs. */
export type SessionsSaid =
  | { readonly from: string; readonly began: readonly SessionNotice[] }
  | { readonly from: string; readonly asks: true };

export const writeNotices = (from: string, began: readonly SessionNotice[]): string =>
  JSON.stringify({
    from,
    began: began.map(({ clientId, username, epoch, willTopic }) => [
      clientId,
      username,
      epoch,
      willTopic ?? null,
    ]),
  });

export const writeQuestion = (from: string): string => JSON.stringify({ from, asks: true });

/** Throws at what is neither. */
export function readNotices(text: string): SessionsSaid {
  const said = SAID.parse(JSON.parse(text));
  if ('asks' in said) return said;
  const began = said.began.map(([clientId, username, epoch, willTopic]) => ({
    clientId,
    username,
    epoch,
    willTopic: willTopic ?? undefined,
  }));
  return { from: said.from, began };
}
