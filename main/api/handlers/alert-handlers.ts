import type { ChannelInput, ChannelRow } from '../../../shared/contract/alerts.ts';
import { AppError } from '../../../shared/errors.ts';
import type { AlertCause } from '../../../shared/model/alerts.ts';
import type { Sql } from '../../db/database.ts';
import {
  type AlertChannel,
  listAlertChannels,
  listAlerts,
  readTestMessage,
  removeAlertChannel,
  testAlertChannel,
} from '../../db/repositories/alert-channels.ts';
import { saveChannel } from '../../notify/save-channel.ts';
import type { Handlers } from '../router.ts';

/** Days for which an alert that is over stays in the list. */
const resolvedDays = 14;

type Names =
  | 'alerts.list'
  | `${'notifications' | 'tenant-notifications'}.${'list' | 'save' | 'remove' | 'test' | 'test-result'}`;

export const alertHandlers: Pick<Handlers, Names> = {
  'alerts.list': async ({ session }, { tenantId }) => {
    const rows = await listAlerts(session.database, { tenantId, resolvedDays });
    return {
      rows: rows.map((row) => ({
        id: row.alertId,
        tenantId: row.tenantId,
        tenantName: row.tenantName,
        cause: row.cause as AlertCause,
        severity: row.severity,
        sentence: row.sentence,
        nextStep: row.nextStep,
        openedAt: row.openedAt.toISOString(),
        resolvedAt: row.resolvedAt?.toISOString() ?? null,
      })),
    };
  },

  'notifications.list': ({ session }) => channels(session.database, null),
  'notifications.save': ({ session }, input) => save(session.database, null, input),
  'notifications.remove': ({ session }, { channelId }) => remove(session.database, channelId),
  'notifications.test': ({ session }, { channelId }) => test(session.database, channelId),
  'notifications.test-result': ({ session }, { messageId }) => testResult(session.database, messageId),

  'tenant-notifications.list': ({ session }, { tenantId }) => channels(session.database, tenantId),
  'tenant-notifications.save': ({ session }, { tenantId, ...input }) =>
    save(session.database, tenantId, input),
  'tenant-notifications.remove': ({ session }, { channelId }) => remove(session.database, channelId),
  'tenant-notifications.test': ({ session }, { channelId }) => test(session.database, channelId),
  'tenant-notifications.test-result': ({ session }, { messageId }) => testResult(session.database, messageId),
};

async function channels(sql: Sql, tenantId: string | null): Promise<{ rows: ChannelRow[] }> {
  return { rows: (await listAlertChannels(sql, tenantId)).map(channelRow) };
}

function channelRow(channel: AlertChannel): ChannelRow {
  const { settings } = channel;
  return {
    id: channel.channelId,
    name: channel.name,
    kind: channel.kind,
    enabled: channel.enabled,
    leastSeverity: channel.leastSeverity,
    quietHours: channel.quietHours,
    digest: channel.digest,
    target: settings.kind === 'smtp' ? { ...settings, to: [...settings.to] } : settings,
    lastSentAt: channel.lastSentAt?.toISOString() ?? null,
    failing:
      channel.failingSince === null
        ? null
        : {
            since: channel.failingSince.toISOString(),
            error: channel.lastError ?? '',
            retryAt: channel.retryAt?.toISOString() ?? null,
          },
    waiting: channel.waiting,
  };
}

async function save(sql: Sql, tenantId: string | null, input: ChannelInput): Promise<{ channelId: string }> {
  return { channelId: await saveChannel(sql, tenantId, input) };
}

async function remove(sql: Sql, channelId: string): Promise<{ removed: boolean }> {
  await removeAlertChannel(sql, channelId);
  return { removed: true };
}

async function test(sql: Sql, channelId: string): Promise<{ messageId: string }> {
  return { messageId: await testAlertChannel(sql, channelId) };
}

async function testResult(sql: Sql, messageId: string) {
  const result = await readTestMessage(sql, messageId);
  if (result === null) throw new AppError('alert_message_unknown', 'There is no such test message.');
  return result;
}
