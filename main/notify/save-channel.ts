import { randomUUID } from 'node:crypto';
import type { ChannelInput } from '../../shared/contract/alerts.ts';
import { AppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import { type AlertChannelSettings, saveAlertChannel } from '../db/repositories/alert-channels.ts';
import { listHostRecipients } from '../db/repositories/credentials.ts';
import { type ChannelSecret, sealChannelSecret } from './channel-secret.ts';
import { mayPostTo } from './post-json.ts';

/**
 * Stores a channel as a person described it, its secret sealed to the approved hosts; answers its id. A change without
 * a new secret keeps the one that is stored, but never for another address or server: whoever may edit a channel could
 * otherwise have its password sent to a server of their own. Throws refusals as `AppError`.
 */
export async function saveChannel(sql: Sql, tenantId: string | null, input: ChannelInput): Promise<string> {
  const channelId = input.channelId ?? randomUUID();
  const { settings, secret } = await split(sql, channelId, input);
  const recipients = secret === null ? [] : await listHostRecipients(sql);
  await saveAlertChannel(
    sql,
    {
      channelId,
      tenantId,
      name: input.name,
      kind: input.target.kind,
      settings,
      enabled: input.enabled,
      leastSeverity: input.leastSeverity,
      quietHours: input.quietHours,
      digest: input.digest,
    },
    secret === null
      ? null
      : { sealed: await sealChannelSecret({ channelId, tenantId }, secret, recipients), recipients },
  );
  return channelId;
}

async function split(
  sql: Sql,
  channelId: string,
  { target, ...input }: ChannelInput,
): Promise<{ settings: AlertChannelSettings; secret: ChannelSecret | null }> {
  if (target.kind === 'smtp') {
    const { password, ...settings } = target;
    if (password !== null || settings.user === null || input.channelId === null) {
      return { settings, secret: { kind: 'smtp', password: settings.user === null ? null : password } };
    }
    const stored = await storedSettings(sql, channelId);
    const sameServer =
      stored?.kind === 'smtp' &&
      stored.server === settings.server &&
      stored.port === settings.port &&
      stored.security === settings.security &&
      stored.user === settings.user;
    if (!sameServer) {
      throw new AppError('alert_channel_secret_needed', 'Another mail server needs its password.', {
        nextStep: 'Enter the password.',
      });
    }
    return { settings, secret: null };
  }
  if (target.url === null) {
    const stored = await storedSettings(sql, channelId);
    if (stored?.kind !== target.kind) {
      throw new AppError('alert_channel_secret_needed', 'The channel needs an address.', {
        nextStep: 'Enter the address.',
      });
    }
    return { settings: stored, secret: null };
  }
  if (!mayPostTo(target.url)) {
    throw new AppError('alert_address_invalid', 'Alerts are posted to https addresses only.', {
      nextStep: 'Copy the address from the workflow or the receiver again.',
    });
  }
  const { host } = new URL(target.url);
  return target.kind === 'teams'
    ? { settings: { kind: 'teams', host }, secret: { kind: 'teams', url: target.url } }
    : {
        settings: { kind: 'webhook', host },
        secret: { kind: 'webhook', url: target.url, signingKey: target.signingKey! },
      };
}

async function storedSettings(sql: Sql, channelId: string): Promise<AlertChannelSettings | null> {
  const [row] = await sql.query<{ settings: AlertChannelSettings }>(
    'select c.settings from app.alert_channels c where c.id = $1 and c.removed_at is null',
    [channelId],
  );
  return row?.settings ?? null;
}
