import type { Sql } from '../../db/database.ts';
import { newestCompleteManifests } from '../../db/repositories/backup-sets.ts';
import { readRunTypes } from '../../db/repositories/run-types.ts';
import { diffManifests } from '../../snapshot/diff-manifests.ts';
import type { RunLease } from '../run-lease.ts';
import { loadManifests } from './stored-documents.ts';

export interface ChangeCounts {
  added: number;
  changed: number;
  removed: number;
}

/**
 * Counts what changed since the former sets of the same schedule. Each complete type is compared with its own
 * newest complete copy, so a type that was incomplete for a night is not reported as removed and added again.
 * Types that are not complete now count nothing; a type without a former copy counts all its objects as added.
 */
export async function compareWithFormerSets(
  sql: Sql,
  lease: Pick<RunLease, 'tenantId' | 'scheduleId' | 'runId'>,
): Promise<ChangeCounts> {
  const { tenantId, scheduleId, runId } = lease;
  const complete = (await readRunTypes(sql, tenantId, runId)).filter((type) => type.outcome === 'complete');
  const keys = complete.map((type) => type.typeKey);
  const former = await newestCompleteManifests(sql, tenantId, scheduleId, keys);
  const counts: ChangeCounts = { added: 0, changed: 0, removed: 0 };
  const pairs: [former: string, now: string][] = [];
  for (const { typeKey, captured, manifest } of complete) {
    const before = former.get(typeKey);
    if (before === undefined) counts.added += captured;
    else if (before !== manifest) pairs.push([before, manifest!]);
  }
  const manifests = await loadManifests(sql, tenantId, pairs.flat());
  for (const [before, now] of pairs) {
    const diff = diffManifests(manifests.get(before)!, manifests.get(now)!);
    counts.added += diff.added.length;
    counts.changed += diff.changed.length;
    counts.removed += diff.removed.length;
  }
  return counts;
}
