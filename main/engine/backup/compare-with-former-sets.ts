import type { Sql } from '../../db/database.ts';
import { newestCompleteManifests } from '../../db/repositories/backup-sets.ts';
import { readRunTypes, type TypeChanges } from '../../db/repositories/run-types.ts';
import { diffManifests } from '../../snapshot/diff-manifests.ts';
import type { RunLease } from '../run-lease.ts';
import { loadManifests } from './stored-documents.ts';

export interface ChangeCounts extends TypeChanges {
  /** The same by policy type, of every type that was compared. */
  byType: ReadonlyMap<string, TypeChanges>;
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
  const byType = new Map<string, TypeChanges>();
  const pairs: { typeKey: string; before: string; now: string }[] = [];
  for (const { typeKey, captured, manifest } of complete) {
    const before = former.get(typeKey);
    if (before === undefined) byType.set(typeKey, { added: captured, changed: 0, removed: 0 });
    else if (before !== manifest) pairs.push({ typeKey, before, now: manifest! });
  }
  const manifests = await loadManifests(
    sql,
    tenantId,
    pairs.flatMap(({ before, now }) => [before, now]),
  );
  for (const { typeKey, before, now } of pairs) {
    const diff = diffManifests(manifests.get(before)!, manifests.get(now)!);
    byType.set(typeKey, {
      added: diff.added.length,
      changed: diff.changed.length,
      removed: diff.removed.length,
    });
  }
  const all = [...byType.values()];
  const total = (of: keyof TypeChanges) => all.reduce((sum, changes) => sum + changes[of], 0);
  return { added: total('added'), changed: total('changed'), removed: total('removed'), byType };
}
