import { Agent, request } from 'undici';
import { AppError } from '../../shared/errors.ts';

const timeoutMs = 15_000;

/**
 * True for an address that alerts may be posted to: https, or http on this very machine (a relay beside the host).
 */
export function mayPostTo(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
  );
}

/**
 * Posts a JSON text. Redirects are not followed: the body would go where nobody chose. What the other side answers
 * is thrown away unread but for its status. Throws `alert_not_taken` with a sentence that names no address.
 */
export async function postJson(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  if (!mayPostTo(url)) {
    throw new AppError('alert_not_taken', 'Alerts are posted to https addresses only.', {
      nextStep: 'Enter the address again.',
    });
  }
  const agent = new Agent({ connect: { timeout: timeoutMs } });
  try {
    const answer = await request(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      dispatcher: agent,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal,
    });
    await answer.body.dump({ limit: 64 * 1024 });
    if (answer.statusCode >= 200 && answer.statusCode < 300) return;
    throw new AppError('alert_not_taken', `The other side answered with status ${answer.statusCode}.`, {
      nextStep:
        answer.statusCode === 404 || answer.statusCode === 410 ? 'Enter the address again.' : undefined,
    });
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = (error as { code?: unknown }).code;
    throw new AppError(
      'alert_not_taken',
      `The other side could not be reached (${typeof code === 'string' ? code : 'no answer'}).`,
      { cause: error },
    );
  } finally {
    await agent.destroy();
  }
}
