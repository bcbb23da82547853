import type { Database } from '../db/database.ts';
import { type PrunedRecords, pruneRecordsOnce } from '../db/repositories/housekeeping.ts';
import type { EngineLimits } from './engine-limits.ts';

/** Run events looked at in one transaction. */
const batch = 20_000;
/** What is left after so many batches waits for the next night. */
const mostBatches = 50;

/**
 * Removes records that only grow: progress logs of runs that ended long ago and process starts that no run names.
 * The database holds the least ages, writes the audit events and lets one host at a time do it. Answers how many
 * rows went.
 */
export async function pruneOldRecords(options: {
  database: Database;
  limits: Pick<EngineLimits, 'keepRunEventsDays' | 'keepHostInstancesDays'>;
}): Promise<PrunedRecords> {
  const total: PrunedRecords = { runEvents: 0, hostInstances: 0 };
  for (let round = 0; round < mostBatches; round += 1) {
    const pruned = await pruneRecordsOnce(options.database, { ...options.limits, batch });
    total.runEvents += pruned.runEvents;
    total.hostInstances += pruned.hostInstances;
    if (pruned.runEvents < batch) break;
  }
  return total;
}
