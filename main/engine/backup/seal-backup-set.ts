import type { Sql } from '../../db/database.ts';
import {
  insertBackupSet,
  lockSetHead,
  newSetIdentity,
  readRunAsParts,
} from '../../db/repositories/backup-sets.ts';
import { holdOffSweep, lockExistingContent } from '../../db/repositories/stored-content.ts';
import type { RunCounts, RunLease } from '../run-lease.ts';
import { checkSumsOfParts, rootOfSet } from './set-root.ts';

/**
 * Seals the backup set of a run, inside the transaction that ends it and behind its fence (S5): the run's types
 * become the parts, the root takes in the root before, the head of the tenant's chain moves on. Nothing here
 * depends on an earlier call, so a finish whose commit got lost may simply be sent again.
 *
 * Throws when a manifest that the set would name is not in the database: then there is no set.
 */
export async function sealBackupSet(
  tx: Sql,
  parts: { lease: RunLease; complete: boolean; counts: RunCounts; references: string | null },
): Promise<{ backupSetId: string }> {
  const { lease, counts } = parts;
  await holdOffSweep(tx, lease.tenantId);
  const head = await lockSetHead(tx, lease.tenantId);
  const types = await readRunAsParts(tx, lease.tenantId, lease.runId);
  await proveManifests(tx, lease.tenantId, [...types.map((type) => type.manifest), parts.references]);
  const { id, sealedAt } = await newSetIdentity(tx);
  const set = {
    id,
    tenantId: lease.tenantId,
    runId: lease.runId,
    scheduleId: lease.scheduleId,
    sequence: head.sequence + 1,
    sealedAt,
    leaseToken: lease.token,
    complete: parts.complete,
    items: counts.items,
    added: counts.added,
    changed: counts.changed,
    removed: counts.removed,
    newBytes: counts.newBytes,
    references: parts.references,
    previousSetId: head.setId,
    previousRoot: head.root,
  };
  await insertBackupSet(tx, { ...set, root: rootOfSet(set, types).sha256 }, checkSumsOfParts(types));
  return { backupSetId: id };
}

async function proveManifests(tx: Sql, tenantId: string, named: readonly (string | null)[]): Promise<void> {
  const hashes = new Set(named.filter((hash) => hash !== null));
  const existing = await lockExistingContent(tx, 'manifests', tenantId, [...hashes]);
  const gone = [...hashes].find((hash) => !existing.has(hash));
  if (gone !== undefined) throw new Error(`The manifest ${gone} is not in the database; no set is sealed.`);
}
