import { createHmac } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ClaimedMessage } from '../db/repositories/alerts.ts';
import { alertText } from './alert-text.ts';
import { postJson } from './post-json.ts';

/**
 * Posts alerts as JSON, signed so that the receiver can tell who sent them: header
 * `X-TenantKeep-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. `X-TenantKeep-Delivery` stays the
 * same when a batch is sent again.
 */
export async function postWebhook(
  secret: { url: string; signingKey: string },
  messages: readonly ClaimedMessage[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const text = alertText(messages);
  const body = JSON.stringify({
    format: 'tenantkeep-alerts-1',
    subject: text.subject,
    messages: messages.map(({ messageId, kind, alert }) => ({
      id: messageId,
      kind,
      alert:
        alert === null
          ? null
          : {
              ...alert,
              openedAt: alert.openedAt.toISOString(),
              resolvedAt: alert.resolvedAt?.toISOString() ?? null,
            },
    })),
  });
  const seconds = Math.floor(clock.wallMs() / 1000);
  const mac = createHmac('sha256', secret.signingKey).update(`${seconds}.${body}`).digest('hex');
  await postJson(
    secret.url,
    body,
    { 'x-tenantkeep-signature': `t=${seconds},v1=${mac}`, 'x-tenantkeep-delivery': messages[0]!.messageId },
    signal,
  );
}
