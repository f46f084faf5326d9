import type { z } from 'zod';
import type { AlertKind, PolicyStep, Priority, QuietHours } from '../../../schemas/alert.ts';
import { policyBody } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { policyProblems, type Reachable } from '../policy-problems.ts';
import { Refused } from '../refused.ts';
import { narrowToNothing } from '../scope-conditions.ts';

type PolicyBody = z.output<typeof policyBody>;
export interface PolicyView extends ViewBase {
  id: string;
  name: string;
  kinds: AlertKind[];
  steps: PolicyStep[];
  /** Which it calls people for by itself. */
  priorities: Priority[];
  quiet: QuietHours | null;
}

/** These two always call. */
const ALWAYS: readonly Priority[] = [1, 2];

interface PolicyRow {
  id: string;
  name: string;
  kinds: AlertKind[];
  steps: PolicyStep[];
  priorities: Priority[] | null;
  quiet: QuietHours | null;
  version: number;
  created_at: Date;
}

export const policies: RegistryKind<PolicyBody, PolicyView> = {
  name: 'policy',
  table: 'policies',
  key: 'id',
  idPrefix: 'policy',
  body: policyBody,
  select: 'select r.* from policies r',
  columns: ({ id, name, kinds, steps, priorities, quiet }) => ({
    id,
    name,
    kinds,
    steps: JSON.stringify(steps),
    priorities: priorities ?? null,
    quiet: quiet === undefined ? null : JSON.stringify(quiet),
  }),
  view(given) {
    const { id, name, kinds, steps, priorities, quiet, version, created_at } = given as unknown as PolicyRow;
    return {
      id,
      name,
      kinds,
      steps,
      priorities: priorities ?? [...ALWAYS],
      quiet,
      version,
      createdAt: created_at.toISOString(),
    };
  },
  complete: (body) => ({
    ...body,
    kinds: [...new Set(body.kinds)],
    ...(body.priorities !== undefined && {
      priorities: [...new Set([...ALWAYS, ...body.priorities])].toSorted((a, b) => a - b),
    }),
  }),
  async check(tx, body) {
    const named = body.steps.flatMap(({ caregiverId }) => caregiverId ?? []);
    const { rows } = await tx.query<Reachable>(
      `select exists (select from caregivers where retired_at is null) as recommended,
              exists (select from shifts where retired_at is null) as shift,
              exists (select from residents where retired_at is null and contact_count > 0) as contacts,
              exists (select from users where retired_at is null and role in ('supervisor', 'admin')) as supervisor,
              array(select id from caregivers where retired_at is null and id = any($1)) as people,
              array(select distinct role from caregivers where retired_at is null) as roles`,
      [named],
    );
    const problems = rows[0] ? policyProblems(body.steps, rows[0]) : [];
    if (problems.length > 0)
      throw new Refused('invalid', problems.map((p) => `${p.field}: ${p.message}`).join('; '), { problems });
  },
  narrow: narrowToNothing,
  filters: {
    q: (conditions, q) => void conditions.and(`position(? in lower(r.id || ' ' || r.name)) > 0`, q),
    kind: (conditions, kind) => void conditions.and('? = any(r.kinds)', kind),
  },
  matches: () => true,
};
