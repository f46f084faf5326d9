import { z } from 'zod';

/** A process with consoles says where it can be told things straight, again and again. */
export const deskNoticeSchema = z.object({
  /** Made anew by each start of a process. */
  id: z.string().max(64),
  urls: z.array(z.string().max(200)).max(16),
  token: z.string().max(200),
});

/** What a process that takes messages says straight when it has nothing to tell. `bye`: it ends in order. */
export const tellerBeatSchema = z.object({ beat: z.string().max(64), bye: z.boolean().optional() });
