import type { Database } from '../database.ts';

/** How many rows a pruning by age removed. */
export interface PrunedRecords {
  runEvents: number;
  hostInstances: number;
}

/**
 * One batch of pruning by age, with its audit events. Answers zero while another host is at it. For hosts.
 *
 * @param search.batch run events to look at, oldest first.
 */
export async function pruneRecordsOnce(
  database: Database,
  search: { keepRunEventsDays: number; keepHostInstancesDays: number; batch: number },
): Promise<PrunedRecords> {
  return await database.transaction(async (tx) => {
    const [row] = await tx.query<{ runEvents: string; hostInstances: string }>(
      `select run_events as "runEvents", host_instances as "hostInstances"
         from app.prune_old_records(make_interval(days => $1), make_interval(days => $2), $3)`,
      [search.keepRunEventsDays, search.keepHostInstancesDays, search.batch],
    );
    return { runEvents: Number(row!.runEvents), hostInstances: Number(row!.hostInstances) };
  });
}
