import { z } from 'zod';

/** `homeId` and `deviceId` of topics, and every other id that may stand in a URL or topic: `[A-Za-z0-9_-]{1,64}`. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const idSchema = z.string().regex(ID_PATTERN, 'must be 1 to 64 of A-Z a-z 0-9 _ -');

/** ISO 8601 UTC with milliseconds, the one form in which times leave us. */
export const isoTimeSchema = z.iso.datetime({ precision: 3 });

/** ISO 8601 with any offset, the form in which times are accepted. */
export const anyIsoTimeSchema = z.iso.datetime({ offset: true });

export const toIso = (ms: number): string => new Date(ms).toISOString();
