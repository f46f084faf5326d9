import type { z } from 'zod';
import { type CodecMapping, codecBody, mappingProblems } from '../../../schemas/codec-mapping.ts';
import { notifyRegistry, type RegistryKind, type ViewBase } from '../kind.ts';
import { Refused } from '../refused.ts';
import { narrowToNothing } from '../scope-conditions.ts';

type CodecBody = z.output<typeof codecBody>;
export interface CodecView extends ViewBase, CodecMapping {
  id: string;
  title: string;
}

interface CodecRow {
  id: string;
  title: string;
  mapping: CodecMapping;
  version: number;
  created_at: Date;
}

/** Vendors' languages as data: gateways name one, and ingest reads their messages by it. */
export const codecs: RegistryKind<CodecBody, CodecView> = {
  name: 'codec',
  table: 'codecs',
  key: 'id',
  idPrefix: 'codec',
  body: codecBody,
  select: 'select r.* from codecs r',
  columns: ({ id, title, ...mapping }) => ({ id, title: title ?? '', mapping: JSON.stringify(mapping) }),
  view(given) {
    const { id, title, mapping, version, created_at } = given as unknown as CodecRow;
    return { id, title, ...mapping, version, createdAt: created_at.toISOString() };
  },
  check(_tx, { id = '', title: _title, ...mapping }) {
    const problems = mappingProblems(id, mapping);
    if (problems.length > 0)
      throw new Refused('invalid', problems.map(({ field, message }) => `${field}: ${message}`).join('; '), {
        problems,
      });
    return Promise.resolve();
  },
  async changed(tx, before, after) {
    const id = after?.id ?? before?.id ?? '';
    if (after === undefined) {
      const { rows } = await tx.query<{ id: string }>(
        'select id from devices where codec = $1 and retired_at is null limit 1',
        [id],
      );
      const [user] = rows;
      if (user !== undefined) throw new Refused('conflict', `device ${user.id} speaks ${id}`);
    }
    await notifyRegistry(tx, `codec:${id}`);
  },
  narrow: narrowToNothing,
  filters: {
    q: (conditions, q) => void conditions.and(`position(? in lower(concat_ws(' ', r.id, r.title))) > 0`, q),
  },
  matches: () => true,
};
