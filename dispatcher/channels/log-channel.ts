import type { Log } from '../../platform/log.ts';
import type { Channel } from './channel.ts';

/** Into the log: that somebody is to be told, not whom nor what about their health. */
export const logChannel = (log: Log): Channel => ({
  name: 'log',
  send({ id, alertId, target, kind, priority, attempt, recipients }) {
    log.info(
      { noticeId: id, alertId, target, kind, priority, attempt, recipients: recipients.length },
      'notice',
    );
    return Promise.resolve({ ok: true });
  },
});
