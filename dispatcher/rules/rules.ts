import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { RULES, type RuleName, type RuleOf, STANDARD_RULES } from '../../schemas/rules.ts';

export interface StoredRule<N extends RuleName = RuleName> {
  name: N;
  /** Local date from which it is in force; null: the standard one, before any other. */
  from: string | null;
  body: RuleOf<N>;
  setAt: string | null;
  setBy: string | null;
}

interface RuleRow<N extends RuleName> {
  name: N;
  from_date: string;
  body: RuleOf<N>;
  set_at: Date;
  set_by: string;
}

const COLUMNS = `name, to_char(from_date, 'YYYY-MM-DD') as from_date, body, set_at, set_by`;

/** The rule in force on a local date, and since when; null: the standard one. */
export async function ruleInForce<N extends RuleName>(
  db: Queryable,
  name: N,
  date: string,
): Promise<{ from: string | null; body: RuleOf<N> }> {
  const { rows } = await db.query<{ from: string; body: RuleOf<N> }>({
    name: 'rule_on',
    text: `select to_char(from_date, 'YYYY-MM-DD') as from, body from rules
           where name = $1 and from_date <= $2::date order by from_date desc limit 1`,
    values: [name, date],
  });
  return rows[0] ?? { from: null, body: STANDARD_RULES[name] };
}

export const ruleOn = async <N extends RuleName>(db: Queryable, name: N, date: string): Promise<RuleOf<N>> =>
  (await ruleInForce(db, name, date)).body;

/** All that are, were and will be in force, the newest first; the standard one last. */
export async function allRules(db: Queryable, names: readonly RuleName[]): Promise<StoredRule[]> {
  const { rows } = await db.query<RuleRow<RuleName>>(
    `select ${COLUMNS} from rules where name = any($1) order by name, from_date desc`,
    [names],
  );
  return names.flatMap((name) => [
    ...rows.filter((row) => row.name === name).map(ruleOf),
    { name, from: null, body: STANDARD_RULES[name], setAt: null, setBy: null },
  ]);
}

/** Another one of the same day takes the former's place; the audit log keeps that it was. */
export async function setRule<N extends RuleName>(
  db: Queryable,
  rule: { name: N; from: string; body: RuleOf<N> },
  by: string,
  nowAt: number,
): Promise<StoredRule<N>> {
  const { rows } = await db.query<RuleRow<N>>(
    `insert into rules (name, from_date, body, set_at, set_by) values ($1, $2, $3, $4, $5)
     on conflict (name, from_date) do update set body = excluded.body, set_at = excluded.set_at, set_by = excluded.set_by
     returning ${COLUMNS}`,
    [rule.name, rule.from, JSON.stringify(RULES[rule.name].parse(rule.body)), toIso(nowAt), by],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a rule was not written');
  return ruleOf(row);
}

const ruleOf = <N extends RuleName>(row: RuleRow<N>): StoredRule<N> => ({
  name: row.name,
  from: row.from_date,
  body: row.body,
  setAt: row.set_at.toISOString(),
  setBy: row.set_by,
});
