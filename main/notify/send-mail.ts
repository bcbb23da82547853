import { AppError } from '../../shared/errors.ts';
import type { AlertChannelSettings } from '../db/repositories/alert-channels.ts';
import type { ClaimedMessage } from '../db/repositories/alerts.ts';
import { alertText, type AlertText } from './alert-text.ts';

const timeoutMs = 20_000;

/** Sends alerts as one plain-text mail. The Message-ID stays the same when a batch is sent again. */
export async function sendMail(
  settings: Extract<AlertChannelSettings, { kind: 'smtp' }>,
  secret: { password: string | null },
  messages: readonly ClaimedMessage[],
): Promise<void> {
  // Loaded at the first mail: a start has no use for it.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host: settings.server,
    port: settings.port,
    secure: settings.security === 'tls',
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Alerts quote names from tenants; nothing in them may make the host read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(settings.user === null ? {} : { auth: { user: settings.user, pass: secret.password ?? '' } }),
  });
  const text = alertText(messages);
  try {
    await transport.sendMail({
      from: settings.from,
      to: [...settings.to],
      subject: text.subject,
      text: mailBody(text),
      messageId: `<${messages[0]!.messageId}@alerts.tenantkeep>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    throw new AppError('alert_not_taken', refusalSentence(error), { cause: error });
  } finally {
    transport.close();
  }
}

function mailBody(text: AlertText): string {
  const lines = text.lines.flatMap((line) => [
    `- ${line.text}`,
    ...(line.nextStep === null ? [] : [`  ${line.nextStep}`]),
  ]);
  const more = text.more === 0 ? [] : [`And ${text.more} more; TenantKeep shows all of them.`];
  return [...lines, ...more, '', 'Sent by TenantKeep. Settings > Notifications says who gets this.'].join(
    '\n',
  );
}

/** The server's own words may quote the login, so only its codes are told. */
function refusalSentence(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  if (code === 'EAUTH') return 'The mail server refused the login.';
  if (code === 'EENVELOPE') return 'The mail server refused the sender or a receiver.';
  if (code === 'ETLS') return 'The mail server offers no encryption that this channel asks for.';
  const facts = [code, responseCode].filter((fact) => typeof fact === 'string' || typeof fact === 'number');
  return `The mail server did not take the message (${facts.length === 0 ? 'no answer' : facts.join(' ')}).`;
}
