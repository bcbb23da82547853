import type { AlertChannelKind, AlertSeverity, Digest, QuietHours } from '../../../shared/model/alerts.ts';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Where alerts are sent. Technicians write a channel's secret and never read it; only hosts read sealed bytes. */

/** What of a channel is no secret. */
export type AlertChannelSettings =
  | { kind: 'teams'; host: string }
  | { kind: 'webhook'; host: string }
  | {
      kind: 'smtp';
      server: string;
      port: number;
      /** `tls` from the first byte, `starttls` required, or `none` for a relay on the same machine. */
      security: 'tls' | 'starttls' | 'none';
      user: string | null;
      from: string;
      to: readonly string[];
    };

export interface AlertChannel {
  channelId: string;
  /** Null: of the workspace. */
  tenantId: string | null;
  name: string;
  kind: AlertChannelKind;
  settings: AlertChannelSettings;
  enabled: boolean;
  leastSeverity: AlertSeverity;
  quietHours: QuietHours | null;
  digest: Digest | null;
  lastSentAt: Date | null;
  /** Since when no message went through; null while it works. */
  failingSince: Date | null;
  retryAt: Date | null;
  lastError: string | null;
  /** Messages that are due and not sent. */
  waiting: number;
}

const columns = `
  c.id as "channelId", c.tenant_id as "tenantId", c.name, c.kind, c.settings, c.enabled, c.least_severity as "leastSeverity",
  c.quiet_hours as "quietHours", c.digest, c.last_sent_at as "lastSentAt", c.failing_since as "failingSince",
  c.retry_at as "retryAt", c.last_error as "lastError",
  app.count_waiting_messages(c.id) as waiting`;

/** The channels of a tenant or of the workspace, by name. For technicians. */
export async function listAlertChannels(sql: Sql, tenantId: string | null): Promise<AlertChannel[]> {
  return await sql.query<AlertChannel>(
    `select ${columns} from app.alert_channels c
      where c.removed_at is null and c.tenant_id is not distinct from $1::uuid order by lower(c.name), c.id`,
    [tenantId],
  );
}

/** Every enabled channel with its sealed secret. For hosts. */
export async function listSealedChannels(sql: Sql): Promise<(AlertChannel & { sealed: Uint8Array })[]> {
  return await sql.query<AlertChannel & { sealed: Uint8Array }>(
    `select ${columns}, c.sealed from app.alert_channels c where c.removed_at is null and c.enabled order by c.id`,
  );
}

const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));

/**
 * Adds a channel or changes it; without `sealed` the secret of before stays. For administrators, or owners and
 * managers of the channel's tenant. Throws refusals as `AppError`.
 */
export async function saveAlertChannel(
  sql: Sql,
  channel: Pick<
    AlertChannel,
    | 'channelId'
    | 'tenantId'
    | 'name'
    | 'kind'
    | 'settings'
    | 'enabled'
    | 'leastSeverity'
    | 'quietHours'
    | 'digest'
  >,
  secret: { sealed: Uint8Array; recipients: readonly string[] } | null,
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    `select app.save_alert_channel($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10::jsonb, $11::jsonb) as refused`,
    [
      channel.channelId,
      channel.tenantId,
      channel.name,
      channel.kind,
      json(channel.settings),
      secret === null ? null : Buffer.from(secret.sealed),
      secret?.recipients ?? null,
      channel.enabled,
      channel.leastSeverity,
      json(channel.quietHours),
      json(channel.digest),
    ],
  );
  throwIfRefused(row!.refused);
}

/** Removes a channel; what waited is not sent. Throws refusals as `AppError`. */
export async function removeAlertChannel(sql: Sql, channelId: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.remove_alert_channel($1) as refused',
    [channelId],
  );
  throwIfRefused(row!.refused);
}

/** Asks the hosts to try the channel; answers the message, whose fate `readTestMessage` tells. */
export async function testAlertChannel(sql: Sql, channelId: string): Promise<string> {
  const [row] = await sql.query<{ messageId: string; refused: string | null }>(
    'select message_id as "messageId", refused from app.test_alert_channel($1)',
    [channelId],
  );
  throwIfRefused(row!.refused);
  return row!.messageId;
}

/** What became of a test: waiting, sent, or failed with the channel's error. Null: the login may not see it. */
export async function readTestMessage(
  sql: Sql,
  messageId: string,
): Promise<{ state: 'waiting' | 'sent' | 'failed'; error: string | null } | null> {
  const [row] = await sql.query<{ state: 'waiting' | 'sent' | 'failed'; error: string | null }>(
    `select case when m.sent_at is not null then 'sent' when m.given_up_at is not null then 'failed' else 'waiting' end as state,
            case when m.sent_at is null then c.last_error end as error
       from app.alert_messages m join app.alert_channels c on c.id = m.channel_id
      where m.id = $1 and m.kind = 'test'`,
    [messageId],
  );
  return row ?? null;
}

/** An alert as people read it. */
export interface AlertRow {
  alertId: string;
  tenantId: string | null;
  tenantName: string | null;
  cause: string;
  severity: AlertSeverity;
  sentence: string;
  nextStep: string | null;
  openedAt: Date;
  resolvedAt: Date | null;
}

/** Open alerts, and those that ended in the last days; newest first, at most 500. */
export async function listAlerts(
  sql: Sql,
  filter: { tenantId: string | null; resolvedDays: number },
): Promise<AlertRow[]> {
  return await sql.query<AlertRow>(
    `select a.id as "alertId", a.tenant_id as "tenantId", t.name as "tenantName", a.cause, a.severity, a.sentence,
            a.next_step as "nextStep", a.opened_at as "openedAt", a.resolved_at as "resolvedAt"
       from app.alerts a left join app.tenants t on t.id = a.tenant_id
      where (a.resolved_at is null or a.resolved_at > (select app.db_now()) - make_interval(days => $2))
        and ($1::uuid is null or a.tenant_id = $1)
      order by a.resolved_at is not null, a.severity, a.opened_at desc, a.id limit 500`,
    [filter.tenantId, filter.resolvedDays],
  );
}
