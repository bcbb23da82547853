import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../shared/errors.ts';
import { isFeedUrl, updateConfigName } from './feed-url.ts';

/** The entry for a kind of computer, as electron-builder and electron-updater name it. */
export function entryName(platform: NodeJS.Platform, processor: string): string {
  if (platform === 'win32') return 'latest.yml';
  if (platform === 'darwin') return 'latest-mac.yml';
  return processor === 'x64' ? 'latest-linux.yml' : `latest-linux-${processor}.yml`;
}

/**
 * The folder that holds the entries: what config.json names, else what was packed with the program. Throws
 * `feed_not_configured` where there is neither, as in a copy that was built from its sources.
 *
 * @param resources the packed program's folder of resources; null where it was not packed
 */
export async function findFeed(configured: string | null, resources: string | null): Promise<URL> {
  const text = configured ?? (resources === null ? null : await packedFeed(resources));
  if (text === null || !isFeedUrl(text) || isPlaceholder(text)) {
    throw new AppError('feed_not_configured', 'This copy of TenantKeep has no update feed.', {
      nextStep: 'Name one as "updates": { "feedUrl": "https://…" } in config.json.',
    });
  }
  const folder = new URL(text);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

async function packedFeed(resources: string): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(join(resources, updateConfigName), 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
  const parsed = z.object({ url: z.string() }).safeParse(parse(text));
  return parsed.success ? parsed.data.url : null;
}

/** Names under .invalid lead nowhere (RFC 2606): nobody is asked where a package was made without a feed. */
function isPlaceholder(text: string): boolean {
  return new URL(text).hostname.endsWith('.invalid');
}
