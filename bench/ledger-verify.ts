import { transactionDigest } from '../dispatcher/ledger/chain.ts';
import { sealBlock } from '../dispatcher/ledger/sealer.ts';
import { verifyLedger } from '../dispatcher/ledger/verify.ts';
import { systemClock } from '../platform/clock.ts';
import { createPool } from '../platform/database.ts';
import { silentLog } from '../platform/log.ts';
import { migrate } from '../platform/migrate.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';

export interface LedgerVerifySettings {
  deposits: number;
  rounds: number;
}
export const LEDGER_VERIFY_DEFAULTS: LedgerVerifySettings = { deposits: 100_000, rounds: 3 };

const VOLUNTEERS = 1_000;
const AT_ONCE = 2_000;
const AT = '2026-01-12T08:00:00.000Z';

/** The whole time bank read and checked, entries a second; floor: the digests alone, of as many in memory. */
export async function ledgerVerify(
  { deposits, rounds }: LedgerVerifySettings,
  say: (line: string) => void,
): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const log = silentLog();
  await migrate({ url: database.url, clock: systemClock, log });
  const pool = createPool(database.url, { applicationName: 'bench', log });
  try {
    for (let from = 1; from <= deposits; from += AT_ONCE)
      await pool.query(
        `with made as (
         insert into ledger_transactions (id, kind, at, ref, by_whom)
         select 'visit_' || i, 'deposit', $2, 'o' || i, 'system' from generate_series($1::int, $4::int) i returning id, ref)
       insert into ledger_entries (transaction_id, line, account_id, minutes)
       select id, line, case line when 1 then 'bank:issued' else 'v' || (substr(ref, 2)::int % $3) end,
         case line when 1 then -60 else 60 end
       from made, generate_series(1, 2) line`,
        [from, AT, VOLUNTEERS, Math.min(from + AT_ONCE - 1, deposits)],
      );
    const sealFrom = performance.now();
    while ((await sealBlock(pool, Date.parse(AT))) !== undefined);
    const sealMs = performance.now() - sealFrom;
    say(`${deposits} deposits are sealed`);
    const took: number[] = [];
    let problems = 0;
    for (let n = 0; n < rounds; n += 1) {
      const from = performance.now();
      const verdict = await verifyLedger(pool);
      took.push(performance.now() - from);
      problems += verdict.problems.length;
      if (verdict.entries !== 2 * deposits) problems += 1;
    }
    const bestMs = Math.min(...took);
    const perSecond = (2 * deposits * 1000) / bestMs;
    const floor = digestsAlone(deposits);
    return {
      name: 'ledger-verify',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { deposits, rounds },
      product: {
        'entries verified a second': round(perSecond, 0),
        'whole ledger, ms': round(bestMs, 0),
        'sealed a second': round((deposits * 1000) / sealMs, 0),
      },
      floor: { 'digests alone, entries a second': round(floor, 0) },
      ratio: { ofDigestsAlone: round(perSecond / floor, 2) },
      aims: [{ what: 'problems found in a sound ledger', aim: '0', measured: problems, met: problems === 0 }],
    };
  } finally {
    await pool.end();
    await database.stop();
  }
}

function digestsAlone(deposits: number): number {
  const from = performance.now();
  for (let i = 0; i < deposits; i += 1)
    transactionDigest({
      id: `visit_${i}`,
      kind: 'deposit',
      at: AT,
      ref: `o${i}`,
      by: 'system',
      noteDigest: null,
      entries: [
        ['bank:issued', -60],
        ['v1', 60],
      ],
    });
  return (2 * deposits * 1000) / (performance.now() - from);
}
