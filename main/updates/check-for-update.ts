import type { Clock } from '../clock.ts';
import {
  type DatabaseDemands,
  decideUpdate,
  type FeedEntry,
  type Release,
  type UpdateDecision,
} from '../domain/update-decision.ts';
import { updateInWords, type UpdateWords } from '../domain/update-words.ts';
import { entryName } from './feed-place.ts';
import { readFeed } from './read-feed.ts';
import { readReleaseEntry } from './release-entry.ts';

/** What decides beside the feed. */
export interface UpdateFacts {
  app: Release;
  database: DatabaseDemands;
  installationId: string;
}

export interface UpdateCheck extends UpdateFacts {
  /** The folder of the feed that was asked. */
  feed: string;
  entry: FeedEntry | { malformed: string };
  decision: UpdateDecision;
  words: UpdateWords;
}

/** Asks the feed what it offers to this kind of computer and decides. Throws what `readFeed` throws. */
export async function checkForUpdate(options: {
  feed: URL;
  facts: UpdateFacts;
  clock: Clock;
}): Promise<UpdateCheck> {
  const { feed, facts, clock } = options;
  const address = new URL(entryName(process.platform, process.arch), feed);
  const entry = readReleaseEntry(await readFeed({ entry: address, clock }));
  return { ...facts, feed: feed.href, entry, ...decideOn(entry, facts) };
}

/** The decision on an entry that was read before, with its words. */
export function decideOn(
  entry: FeedEntry | { malformed: string },
  facts: UpdateFacts,
): { decision: UpdateDecision; words: UpdateWords } {
  const decision = decideUpdate({ ...facts, entry });
  return { decision, words: updateInWords(decision, { ...facts, entry }) };
}
