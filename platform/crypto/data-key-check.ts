import type { Queryable } from '../database.ts';
import { type PersonalData, SealError } from './personal-data.ts';

/**
 * Refuses a database whose personal data was sealed with another key, before anybody is let in: everything would fail
 * later, one resident at a time. The first start leaves a mark to know it by.
 * @throws SealError
 */
export async function checkDataKey(db: Queryable, personal: PersonalData): Promise<void> {
  await db.query('insert into data_key_check (sealed) values ($1) on conflict do nothing', [
    personal.seal('yinling'),
  ]);
  const { rows } = await db.query<{ sealed: Buffer }>('select sealed from data_key_check');
  try {
    personal.open(rows[0]?.sealed ?? Buffer.alloc(0));
  } catch (error) {
    throw new SealError(
      'the key of personal data (DATA_KEY_FILE, or data.key in DATA_DIR) is not the one this database was made with',
      { cause: error },
    );
  }
}
