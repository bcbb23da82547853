import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { type KeptSetPart, readKeptParts, readKeptSet } from '../../db/repositories/kept-sets.ts';
import { diffManifests, type ManifestDiff } from '../../snapshot/diff-manifests.ts';
import { compareCodeUnits } from '../../snapshot/split-document.ts';
import { loadManifests } from './stored-documents.ts';

type NotComparedReason = 'only_before' | 'only_after' | 'incomplete_before' | 'incomplete_after';

export interface BackupSetDiff {
  counts: { added: number; changed: number; removed: number };
  /** Policy types that are complete on both sides, in the order of their keys; unchanged ones have empty lists. */
  compared: ({ typeKey: string } & ManifestDiff)[];
  /** A type that one side does not hold completely says nothing about what was added or removed. */
  notCompared: { typeKey: string; reason: NotComparedReason }[];
}

/** A side of a comparison: sets of two tenants may be compared by whoever may read both. */
export interface SetAddress {
  tenantId: string;
  setId: string;
}

/**
 * Objects that differ between two backup sets. Reads only the manifests of types that differ. Throws `AppError`
 * `backup_set_unknown` when a set does not exist, `stored_bytes_*` when stored content does not prove right.
 */
export async function diffBackupSets(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
): Promise<BackupSetDiff> {
  const { pairs, notCompared } = await comparableParts(sql, before, after);
  const diff: BackupSetDiff = { counts: { added: 0, changed: 0, removed: 0 }, compared: [], notCompared };
  const differing = pairs.filter((pair) => pair.before !== pair.after);
  const formerManifests = await loadManifests(
    sql,
    before.tenantId,
    differing.map((pair) => pair.before),
  );
  const laterManifests = await loadManifests(
    sql,
    after.tenantId,
    differing.map((pair) => pair.after),
  );
  for (const pair of pairs) {
    const changes: ManifestDiff =
      pair.before === pair.after
        ? { added: [], changed: [], removed: [] }
        : diffManifests(formerManifests.get(pair.before)!, laterManifests.get(pair.after)!);
    diff.compared.push({ typeKey: pair.typeKey, ...changes });
    diff.counts.added += changes.added.length;
    diff.counts.changed += changes.changed.length;
    diff.counts.removed += changes.removed.length;
  }
  return diff;
}

/** The manifests of the policy types that are complete on both sides or of an import, and why the others are not compared. */
export async function comparableParts(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
): Promise<{
  pairs: { typeKey: string; before: string; after: string }[];
  notCompared: BackupSetDiff['notCompared'];
}> {
  const former = await partsOf(sql, before);
  const later = await partsOf(sql, after);
  const pairs: { typeKey: string; before: string; after: string }[] = [];
  const notCompared: BackupSetDiff['notCompared'] = [];
  for (const typeKey of [...new Set([...former.keys(), ...later.keys()])].sort(compareCodeUnits)) {
    const reason = whyNot(former.get(typeKey), later.get(typeKey));
    if (reason !== null) notCompared.push({ typeKey, reason });
    else {
      pairs.push({ typeKey, before: former.get(typeKey)!.manifest!, after: later.get(typeKey)!.manifest! });
    }
  }
  return { pairs, notCompared };
}

function whyNot(before: KeptSetPart | undefined, after: KeptSetPart | undefined): NotComparedReason | null {
  if (!before) return 'only_after';
  if (!after) return 'only_before';
  if (!isComparable(before)) return 'incomplete_before';
  return isComparable(after) ? null : 'incomplete_after';
}

/** No import is complete; whoever compares with one is told so and sees what it has. */
function isComparable(part: KeptSetPart): boolean {
  return part.outcome === 'complete' || part.imported;
}

async function partsOf(sql: Sql, address: SetAddress): Promise<Map<string, KeptSetPart>> {
  const set = await readKeptSet(sql, address.tenantId, address.setId);
  if (!set) throw unknownSet();
  const parts = await readKeptParts(sql, set);
  return new Map(parts.map((part) => [part.typeKey, part]));
}

/** The same answer for a set that does not exist and for one that the caller may not see. */
export function unknownSet(): AppError {
  return new AppError('backup_set_unknown', 'There is no such backup set.', {
    nextStep: 'List the backup sets of the tenant.',
  });
}
