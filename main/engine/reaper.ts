import { appendAuditEvents } from '../audit/append-audit-events.ts';
import type { Database } from '../db/database.ts';
import { expireQueuedRuns, type MovedRun, reapRuns } from '../db/repositories/run-ownership.ts';
import { engineLevel } from './engine-level.ts';
import { movedRunAuditEvent } from './moved-run-audit.ts';
import type { Log } from './ports.ts';

/** Most rows that one statement of the reaper touches; a full answer means that there may be more. */
const reapBatch = 200;

/**
 * S6 and S6b in one transaction with their audit rows, repeated while there is more. Runs before dispatch in
 * every tick: a dead run would otherwise make the next slot look like an overlap.
 */
export async function reap(options: { database: Database; log: Log }): Promise<MovedRun[]> {
  const all: MovedRun[] = [];
  for (;;) {
    const { reaped, expired } = await options.database.transaction(async (tx) => {
      const reaped = await reapRuns(tx, engineLevel);
      const expired = await expireQueuedRuns(tx, engineLevel);
      await appendAuditEvents(
        tx,
        [...reaped, ...expired].map((run) => movedRunAuditEvent(run, 'run.requeued')),
      );
      return { reaped, expired };
    });
    for (const run of [...reaped, ...expired]) {
      options.log.warn(
        { runId: run.runId, tenantId: run.tenantId, state: run.state, reason: run.reason },
        'A run was taken from its owner or from the queue',
      );
      all.push(run);
    }
    if (reaped.length < reapBatch && expired.length < reapBatch) return all;
  }
}
