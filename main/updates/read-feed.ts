import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, request } from 'undici';
import { AppError, errorText, isAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';

/** An entry has some hundred bytes; the rest is for notes of the release. */
const mostBytes = 256 * 1024;
const timeoutMs = 10_000;

/**
 * Authorities that Node brings, those that `NODE_EXTRA_CA_CERTS` adds, and those of the operating system: a mirror
 * inside of a company has a certificate of that company's own.
 */
export function trustedAuthorities(): string[] {
  return [...getCACertificates('default'), ...getCACertificates('system')];
}

/**
 * Fetches the text of a feed's entry. Redirects are not followed: nothing but the configured host is asked. Throws
 * `feed_unreachable`, `feed_entry_missing`, `feed_refused` or `feed_too_large`.
 */
export async function readFeed(options: { entry: URL; clock: Clock; timeoutMs?: number }): Promise<string> {
  const { entry, clock } = options;
  const agent = new Agent({ connect: { ca: trustedAuthorities() } });
  const aborting = new AbortController();
  const cancel = clock.after(
    options.timeoutMs ?? timeoutMs,
    () => aborting.abort(new Error('no answer in time')),
    {
      unref: true,
    },
  );
  try {
    const answer = await request(entry, { signal: aborting.signal, dispatcher: agent });
    requireEntry(answer, entry);
    return await readLimited(answer.body, entry);
  } catch (error) {
    if (isAppError(error)) throw error;
    throw new AppError(
      'feed_unreachable',
      `The update feed at ${entry.host} cannot be reached: ${reasonOf(error)}.`,
      {
        nextStep: 'Check the address, the network and its firewall, then try again.',
        cause: error,
      },
    );
  } finally {
    cancel();
    await agent.destroy();
  }
}

function requireEntry({ statusCode, headers }: Dispatcher.ResponseData, entry: URL): void {
  if (statusCode === 200) return;
  if (statusCode === 404) {
    throw new AppError('feed_entry_missing', `The update feed at ${entry.host} has no ${nameOf(entry)}.`, {
      nextStep: 'Have whoever keeps the feed put it there, or correct "updates.feedUrl" in config.json.',
    });
  }
  const isRedirect = statusCode >= 300 && statusCode < 400 && headers['location'] !== undefined;
  throw new AppError(
    'feed_refused',
    isRedirect
      ? `The update feed at ${entry.host} redirects to another address, which is not followed.`
      : `The update feed at ${entry.host} answered ${statusCode}.`,
    {
      nextStep: isRedirect
        ? 'Name the address that answers itself as "updates.feedUrl" in config.json.'
        : 'Try again later, or tell whoever keeps the feed.',
    },
  );
}

async function readLimited(body: AsyncIterable<Uint8Array>, entry: URL): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > mostBytes) {
      throw new AppError(
        'feed_too_large',
        `The ${nameOf(entry)} of the update feed at ${entry.host} is larger than ${mostBytes / 1024} KiB.`,
        { nextStep: 'Tell whoever keeps the feed.' },
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function nameOf(entry: URL): string {
  return entry.pathname.slice(entry.pathname.lastIndexOf('/') + 1);
}

/** The cause in a few words; an address that resolves to several fails with an error for each. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError && error.message === '' ? error.errors[0] : error;
  return errorText(first).split('\n')[0]!.replace(/\.$/, '').slice(0, 300);
}
