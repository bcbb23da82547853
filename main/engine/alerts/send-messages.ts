import { errorText, isAppError } from '../../../shared/errors.ts';
import { appendAuditEvents } from '../../audit/append-audit-events.ts';
import type { Database } from '../../db/database.ts';
import { type AlertChannel, listSealedChannels } from '../../db/repositories/alert-channels.ts';
import { claimMessages, noteMessagesSent, noteSendingFailed } from '../../db/repositories/alerts.ts';
import type { AlertSender, Log } from '../ports.ts';

/**
 * Sends what is due, one message a channel however many alerts it tells of. Exactly one host takes a batch; a host
 * that dies between sending and noting it leaves the batch to be sent again after its lease, under the same id, by
 * which a receiver can tell. Answers how many batches were sent and how many failed.
 */
export async function sendMessages<Secret>(parts: {
  database: Database;
  sender: AlertSender<Secret>;
  log: Log;
  signal: AbortSignal;
}): Promise<{ sent: number; failed: number }> {
  const { database, sender, log, signal } = parts;
  let sent = 0;
  let failed = 0;
  for (const channel of await listSealedChannels(database)) {
    if (signal.aborted || channel.waiting === 0) continue;
    const secret = await sender.open(channel);
    // Sealed to other hosts only; one of them sends.
    if (secret === null) continue;
    const messages = await claimMessages(database, channel.channelId);
    if (messages.length === 0) continue;
    const ids = messages.map((message) => message.messageId);
    try {
      await sender.send(channel, secret, messages, signal);
    } catch (error) {
      failed += 1;
      await noteFailure(database, channel, ids, sentenceOf(error));
      log.warn({ channelId: channel.channelId, error: errorText(error) }, 'A channel took no message');
      continue;
    }
    sent += 1;
    const { wasFailing } = await database.transaction(async (tx) => {
      const noted = await noteMessagesSent(tx, channel.channelId, ids);
      if (noted.wasFailing) {
        await appendAuditEvents(tx, [eventOf(channel, 'alert_channel.recovered')]);
      }
      return noted;
    });
    log.info({ channelId: channel.channelId, messages: ids.length, wasFailing }, 'Alerts were sent');
  }
  return { sent, failed };
}

async function noteFailure(
  database: Database,
  channel: AlertChannel,
  ids: readonly string[],
  sentence: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    const { firstFailure, givenUp } = await noteSendingFailed(tx, channel.channelId, ids, sentence);
    if (firstFailure) await appendAuditEvents(tx, [eventOf(channel, 'alert_channel.failing', sentence)]);
    if (givenUp > 0) await appendAuditEvents(tx, [eventOf(channel, 'alert_channel.gave_up', sentence)]);
  });
}

function eventOf(channel: AlertChannel, action: string, error?: string) {
  return {
    tenantId: channel.tenantId,
    action,
    targetKind: 'alert_channel',
    targetId: channel.channelId,
    ...(error === undefined ? {} : { outcome: 'failure' as const }),
    after: { name: channel.name, ...(error === undefined ? {} : { error }) },
  };
}

/** What the settings page shows. An unexpected error's text could quote the secret address, so it is not kept. */
function sentenceOf(error: unknown): string {
  return isAppError(error) ? error.message : 'Sending failed unexpectedly; the log of the host says more.';
}
