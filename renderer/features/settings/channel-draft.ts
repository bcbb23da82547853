import type { ChannelRow } from '../../../shared/contract/alerts.ts';
import type { AlertChannelKind, AlertSeverity } from '../../../shared/model/alerts.ts';

/** What the form of a channel holds, as typed. Secrets start empty: what is stored is never shown again. */
export interface ChannelDraft {
  kind: AlertChannelKind;
  name: string;
  enabled: boolean;
  leastSeverity: AlertSeverity;
  url: string;
  signingKey: string;
  server: string;
  port: string;
  security: 'tls' | 'starttls' | 'none';
  user: string;
  password: string;
  from: string;
  to: string;
  quiet: boolean;
  quietFrom: string;
  quietTo: string;
  quietZone: string;
  quietExceptCritical: boolean;
  digest: boolean;
  digestAt: string;
  digestZone: string;
  digestExceptCritical: boolean;
}

/** The form as it opens: of a stored channel, or empty. */
export function channelDraftOf(channel: ChannelRow | null): ChannelDraft {
  const mail = channel?.target.kind === 'smtp' ? channel.target : null;
  return {
    kind: channel?.kind ?? 'teams',
    name: channel?.name ?? '',
    enabled: channel?.enabled ?? true,
    leastSeverity: channel?.leastSeverity ?? 'warning',
    url: '',
    signingKey: '',
    server: mail?.server ?? '',
    port: String(mail?.port ?? 587),
    security: mail?.security ?? 'starttls',
    user: mail?.user ?? '',
    password: '',
    from: mail?.from ?? '',
    to: mail?.to.join(', ') ?? '',
    quiet: channel?.quietHours != null,
    quietFrom: channel?.quietHours?.from ?? '22:00',
    quietTo: channel?.quietHours?.to ?? '07:00',
    quietZone: channel?.quietHours?.timeZone ?? '',
    quietExceptCritical: channel?.quietHours?.exceptCritical ?? true,
    digest: channel?.digest != null,
    digestAt: channel?.digest?.at ?? '08:00',
    digestZone: channel?.digest?.timeZone ?? '',
    digestExceptCritical: channel?.digest?.exceptCritical ?? true,
  };
}

/** What is sent to store the form; the schema of the contract says what is wrong with it. */
export function channelInputOf(draft: ChannelDraft, channelId: string | null) {
  return {
    channelId,
    name: draft.name,
    enabled: draft.enabled,
    leastSeverity: draft.leastSeverity,
    quietHours: draft.quiet
      ? {
          from: draft.quietFrom,
          to: draft.quietTo,
          timeZone: draft.quietZone,
          exceptCritical: draft.quietExceptCritical,
        }
      : null,
    digest: draft.digest
      ? { at: draft.digestAt, timeZone: draft.digestZone, exceptCritical: draft.digestExceptCritical }
      : null,
    target: targetOf(draft),
  };
}

const typedOrNull = (text: string): string | null => (text.trim() === '' ? null : text);

function targetOf(draft: ChannelDraft) {
  const { kind } = draft;
  if (kind === 'teams') return { kind, url: typedOrNull(draft.url) };
  if (kind === 'webhook') {
    return { kind, url: typedOrNull(draft.url), signingKey: typedOrNull(draft.signingKey) };
  }
  return {
    kind,
    server: draft.server,
    port: Number(draft.port),
    security: draft.security,
    user: typedOrNull(draft.user),
    password: typedOrNull(draft.password),
    from: draft.from,
    to: draft.to
      .split(/[,;\n]/)
      .map((receiver) => receiver.trim())
      .filter((receiver) => receiver !== ''),
  };
}
