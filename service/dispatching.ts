import { z } from 'zod';
import { Attendance } from '../dispatcher/attendance/attendance.ts';
import { sealAudit } from '../dispatcher/audit/seal.ts';
import { logChannel } from '../dispatcher/channels/log-channel.ts';
import { pageChannel } from '../dispatcher/channels/page-channel.ts';
import { webhookChannel } from '../dispatcher/channels/webhook-channel.ts';
import { createDispatcher } from '../dispatcher/dispatcher.ts';
import { anchorFolder } from '../dispatcher/ledger/anchor-folder.ts';
import { DailyAnchors } from '../dispatcher/ledger/daily-anchors.ts';
import { TimeBankRules } from '../dispatcher/ledger/apply-rules.ts';
import { LedgerSealer } from '../dispatcher/ledger/sealer.ts';
import { osrmTravelTimes } from '../dispatcher/travel/osrm.ts';
import { createTraceExporter, type TraceExporter } from '../dispatcher/tracing/exporter.ts';
import { SealedWords } from '../dispatcher/personal/words.ts';
import { postgresWakeUps } from '../dispatcher/wake-ups/postgres-wake-ups.ts';
import { redisWakeUps } from '../dispatcher/wake-ups/redis-wake-ups.ts';
import { checkDataKey } from '../platform/crypto/data-key-check.ts';
import { dataKeyPath, loadDataKeys, readDataKeysAgain } from '../platform/crypto/data-key-file.ts';
import { createPersonalData } from '../platform/crypto/personal-data.ts';
import { type Assembly, needed } from './parts.ts';

const named = z.looseObject({ name: z.string(), phone: z.string().nullish() });
const contact = z.object({
  name: z.string(),
  phone: z.string().nullable().default(null),
  relation: z.string().nullable().default(null),
});
const contactsIn = z.looseObject({ contacts: z.array(contact).default([]) });

/** Escalation, orders and the stream; the audit log's and the time bank's chains. */
export function addDispatching(whole: Assembly): void {
  const { config, parts, lifecycle, clock, log, metrics, newId, child } = whole;
  let traces: TraceExporter | undefined;
  lifecycle.add('dispatcher', {
    async start() {
      const pool = needed(parts.pool, 'the database');
      const { databaseUrl } = parts;
      const keys = await loadDataKeys({ dataKeyFile: config.dataKeyFile, dataDir: config.dataDir, log });
      const personal = createPersonalData(keys.current, keys.former, () =>
        readDataKeysAgain(dataKeyPath(config)),
      );
      await checkDataKey(pool, personal);
      parts.dataKey = keys.current;
      parts.personal = personal;
      const { open, seal } = personal;
      const words = new SealedWords({ db: pool, cipher: personal, now: () => clock.now() });
      await words.load();
      parts.words = words;
      const attendance = new Attendance({ pool, clock, log: child('attendance') });
      await attendance.start();
      parts.attendance = attendance;
      const { otlpEndpoint: endpoint } = config;
      if (endpoint !== undefined) traces = await createTraceExporter({ endpoint, log: child('traces') });
      const queue = { clock, log: child('wake-ups') };
      const dispatcher = createDispatcher({
        pool,
        databaseUrl,
        clock,
        log: child('dispatcher'),
        metrics,
        newId,
        wakeUps:
          config.redisUrl === undefined
            ? await postgresWakeUps({ ...queue, url: databaseUrl })
            : await redisWakeUps({ ...queue, url: config.redisUrl }),
        timeZone: config.timeZone,
        nameOf: (sealed) => named.parse(open(sealed)).name,
        sealNotes: (notes) => seal(notes),
        openNotes: (sealed) => String(open(sealed)),
        words,
        channels: [
          logChannel(child('notices')),
          pageChannel(parts.pages),
          ...(config.webhook === undefined ? [] : [webhookChannel(config.webhook, clock)]),
        ],
        phoneOf: (sealed) => named.parse(open(sealed)).phone ?? null,
        sealing: { seal, open },
        contactsOf: (sealed) => contactsIn.parse(open(sealed)).contacts,
        attendance,
        travelTimes:
          config.travelTimes && osrmTravelTimes(config.travelTimes, { clock, log: child('travel'), metrics }),
        ...(traces && { traces }),
        onDownlink: () => parts.downlink?.wake(),
      });
      parts.dispatcher = dispatcher;
      await dispatcher.start();
    },
    async stop() {
      await parts.dispatcher?.stop();
      await parts.attendance?.stop();
      await traces?.stop();
    },
  });

  let auditSealer: LedgerSealer | undefined;
  lifecycle.add('audit log', {
    start() {
      auditSealer = new LedgerSealer(needed(parts.pool, 'the database'), clock, child('audit'), sealAudit);
      auditSealer.start();
    },
    stop: () => auditSealer?.stop(),
  });

  let sealer: LedgerSealer | undefined;
  let bankRules: TimeBankRules | undefined;
  let anchors: DailyAnchors | undefined;
  lifecycle.add('ledger', {
    start() {
      const pool = needed(parts.pool, 'the database');
      sealer = new LedgerSealer(pool, clock, child('ledger'));
      sealer.start();
      bankRules = new TimeBankRules({ pool, clock, log: child('ledger'), timeZone: config.timeZone });
      bankRules.start();
      const shelf = config.anchorDir === undefined ? undefined : anchorFolder(config.anchorDir);
      const { timeZone } = config;
      anchors = new DailyAnchors({ pool, clock, log: child('ledger'), timeZone, shelf });
      anchors.start();
    },
    async stop() {
      await anchors?.stop();
      await bankRules?.stop();
      await sealer?.stop();
    },
  });
}
