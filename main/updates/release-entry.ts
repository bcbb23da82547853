import { parse } from 'yaml';
import { z } from 'zod';
import type { FeedEntry } from '../domain/update-decision.ts';
import { versionPattern } from '../domain/version-order.ts';

const level = z.number().int().min(1).max(1_000_000);

/**
 * What TenantKeep reads of an entry; electron-builder writes more. `vendor` is the place that its format has for words
 * of one's own (`releaseInfo.vendor` of its configuration).
 */
const entrySchema = z.object({
  version: z.string().max(100).regex(versionPattern, 'is no version'),
  vendor: z.object({ schemaVersion: level, engineLevel: level, clientLevel: level }),
  stagingPercentage: z.number().min(0).max(100).optional(),
});

/** Reads an entry's text, `latest*.yml`: what it offers, or in a few words what is wrong with it. */
export function readReleaseEntry(text: string): FeedEntry | { malformed: string } {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    // Everything that the parser throws is about this text, aliases that grow without end among it.
    return { malformed: `it is not valid YAML (${firstLine(error)})` };
  }
  return toFeedEntry(value);
}

/** The same for an entry that has been parsed already. */
export function toFeedEntry(value: unknown): FeedEntry | { malformed: string } {
  const parsed = entrySchema.safeParse(value);
  if (parsed.success) {
    const { version, vendor, stagingPercentage } = parsed.data;
    return { version, ...vendor, stagingPercentage: stagingPercentage ?? null };
  }
  const place = parsed.error.issues[0]!.path.map(String).join('.');
  return { malformed: place === '' ? 'it holds no values with names' : `${place} is missing or wrong` };
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split('\n')[0]!
    .replace(/:$/, '')
    .slice(0, 200);
}
