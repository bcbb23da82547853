import type { RunSpec } from '../../../shared/model/run-spec.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import type { Database, Sql } from '../../db/database.ts';
import { completeTypesOfSets, listBackupSets } from '../../db/repositories/backup-sets.ts';
import { pruneBackupSets, scheduleTimeZone } from '../../db/repositories/retention.ts';
import { planRetention, type RetentionPlan, type RetentionSet } from '../../domain/retention.ts';
import type { Log } from '../ports.ts';
import { sweepContent } from './sweep-content.ts';

/**
 * Which sets of a schedule a rule would keep and remove now; the preview and the removal are this function.
 * Days, weeks and months are those of the schedule's zone.
 */
export async function planRetentionOfSchedule(
  sql: Sql,
  schedule: { tenantId: string; scheduleId: string },
  rule: RunSpec['retention'],
): Promise<RetentionPlan> {
  return planRetention(
    await retentionSetsOf(sql, schedule),
    rule,
    await scheduleTimeZone(sql, schedule.tenantId, schedule.scheduleId),
  );
}

/** The sets of a schedule as retention sees them. */
export async function retentionSetsOf(
  sql: Sql,
  { tenantId, scheduleId }: { tenantId: string; scheduleId: string },
): Promise<RetentionSet[]> {
  const sets = await listBackupSets(sql, tenantId, { scheduleId });
  const completeTypes = await completeTypesOfSets(sql, tenantId, scheduleId);
  return sets.map((set) => ({
    id: set.id,
    sequence: set.sequence,
    sealedAt: instantFromIso(set.sealedAt),
    complete: set.complete,
    pinned: set.pinnedAt !== null,
    completeTypes: completeTypes.get(set.id) ?? [],
  }));
}

/**
 * Removes the sets that the run's rule lets go, audited in the same transaction, and then the content that
 * nothing names any more. Runs after a run that ended well; its errors never undo the set.
 */
export async function applyRetention(
  run: { runId: string; tenantId: string; scheduleId: string; spec: RunSpec },
  parts: { database: Database; log: Log; sweepSafetyAgeHours: number },
): Promise<void> {
  const { database, log } = parts;
  const { tenantId, scheduleId } = run;
  const plan = await planRetentionOfSchedule(database, run, run.spec.retention);
  if (plan.pruned.length === 0) return;
  const pruned = await database.transaction((tx) => pruneBackupSets(tx, tenantId, scheduleId, plan.pruned));
  const swept = await sweepContent(database, tenantId, parts.sweepSafetyAgeHours);
  log.info({ tenantId, scheduleId, pruned, swept }, 'Retention removed backup sets');
}
