import { createHash, createHmac } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { AppError, errorText, isAppError } from '../../shared/errors.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';
import type { SavedHead } from './verify-chain.ts';

const timeoutMs = 10_000;
const leastKeyBytes = 16;

/** How sending stands: kept on disk, so that `doctor` tells it and a restart goes on with what was not taken. */
const stateSchema = z.strictObject({
  format: z.literal('tenantkeep-audit-webhook-1'),
  /** SHA-256 of the ends that the receiver took last. */
  taken: z.string().nullable(),
  takenAt: z.string().nullable(),
  failure: z.strictObject({ since: z.string(), tries: z.number(), reason: z.string() }).nullable(),
});
export type WebhookState = z.output<typeof stateSchema>;

/**
 * A place for the ends of the audit chains that neither the owner of the database nor whoever sits at a host can
 * change: an HTTPS address of the workspace's choice. The body is JSON; `X-TenantKeep-Signature` is
 * `sha256=` and the HMAC-SHA-256 of `X-TenantKeep-Timestamp`, a full stop and the body, hexadecimal.
 */
export interface HeadsWebhook {
  /**
   * Sends the ends where they differ from what was taken last. What is not taken is logged, noted and sent again at
   * the next call; nothing is thrown.
   */
  send(heads: readonly SavedHead[], rewritten: readonly (string | null)[]): Promise<void>;
}

export function createHeadsWebhook(options: {
  url: string;
  keyFile: string;
  stateFile: string;
  /** Database and host as people name them. */
  source: { database: string; host: string };
  clock: Clock;
  log: Log;
  dispatcher?: Dispatcher;
}): HeadsWebhook {
  const { url, keyFile, stateFile, source, clock, log, dispatcher } = options;

  const post = async (body: string, sentAt: string): Promise<void> => {
    const key = await readKey(keyFile);
    const aborting = new AbortController();
    const cancel = clock.after(timeoutMs, () => aborting.abort(new Error('no answer in time')), {
      unref: true,
    });
    try {
      // Redirects are not followed: the signature is for this receiver.
      const answer = await request(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-tenantkeep-timestamp': sentAt,
          'x-tenantkeep-signature': `sha256=${createHmac('sha256', key).update(`${sentAt}.${body}`).digest('hex')}`,
        },
        signal: aborting.signal,
        ...(dispatcher === undefined ? {} : { dispatcher }),
      });
      await answer.body.dump();
      if (answer.statusCode < 200 || answer.statusCode > 299) {
        throw new Error(`the receiver answered ${answer.statusCode}`);
      }
    } finally {
      cancel();
    }
  };

  return {
    async send(heads, rewritten) {
      const ends = heads.map(({ tenantId, sequence, hash }) => ({ tenantId, sequence, hash }));
      const content = createHash('sha256')
        .update(JSON.stringify([ends, rewritten]))
        .digest('hex');
      const state = await readWebhookState(stateFile);
      if (state.taken === content && state.failure === null) return;
      const sentAt = instantFromMs(clock.wallMs()).toISOString();
      const body = JSON.stringify({
        format: 'tenantkeep-audit-heads-1',
        ...source,
        heads: ends,
        // Chains that do not continue the end that was saved before: somebody rewrote them.
        rewritten,
      });
      try {
        await post(body, sentAt);
        if (state.failure !== null)
          log.info({ tries: state.failure.tries }, 'The ends of the audit chains are sent again');
        await writeState(stateFile, { ...state, taken: content, takenAt: sentAt, failure: null });
      } catch (error) {
        const reason = isAppError(error) ? error.message : errorText(error).split('\n')[0]!.slice(0, 300);
        const tries = (state.failure?.tries ?? 0) + 1;
        log.warn({ reason, tries }, 'The ends of the audit chains could not be sent; they are sent again');
        await writeState(stateFile, {
          ...state,
          failure: { since: state.failure?.since ?? sentAt, tries, reason },
        });
      }
    },
  };
}

/** How sending stands; as if nothing was sent where there is no such file yet. */
export async function readWebhookState(file: string): Promise<WebhookState> {
  const none: WebhookState = {
    format: 'tenantkeep-audit-webhook-1',
    taken: null,
    takenAt: null,
    failure: null,
  };
  try {
    const parsed = stateSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : none;
  } catch (error) {
    // Lost notes cost one more message, nothing else.
    if ((error as { code?: unknown }).code === 'ENOENT' || error instanceof SyntaxError) return none;
    throw error;
  }
}

async function writeState(file: string, state: WebhookState): Promise<void> {
  const draft = `${file}.partial`;
  await writeFile(draft, `${JSON.stringify(state, null, 1)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

async function readKey(file: string): Promise<string> {
  let key: string;
  try {
    key = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new AppError(
      'webhook_key_unreadable',
      `The key file ${file} of the audit webhook cannot be read.`,
      {
        nextStep: 'Correct "auditWebhook" in config.json, or the permissions of that file.',
        cause: error,
      },
    );
  }
  if (Buffer.byteLength(key) < leastKeyBytes) {
    throw new AppError('webhook_key_short', `The key in ${file} has less than ${leastKeyBytes} characters.`, {
      nextStep: 'Put a long random text into it, the same as at the receiver.',
    });
  }
  return key;
}
