import type { StoredSet, StoredSetPart } from '../../db/repositories/backup-sets.ts';
import { writeBackupSetRoot } from '../../snapshot/backup-set-root.ts';

/** The root document of a set with its hash, from the set's own row and its parts. */
export function rootOfSet(
  set: Omit<StoredSet, 'root' | 'pinnedAt' | 'pinnedBy' | 'pinReason'>,
  parts: readonly StoredSetPart[],
): { bytes: Uint8Array; sha256: string } {
  return writeBackupSetRoot({
    tenant: set.tenantId,
    set: set.id,
    run: set.runId,
    schedule: set.scheduleId,
    sequence: set.sequence,
    sealedAt: set.sealedAt,
    leaseToken: set.leaseToken,
    complete: set.complete,
    items: set.items,
    added: set.added,
    changed: set.changed,
    removed: set.removed,
    newBytes: set.newBytes,
    references: set.references,
    previousSet: set.previousSetId,
    previousRoot: set.previousRoot,
    parts: parts.map((part) => ({
      type: part.typeKey,
      outcome: part.outcome,
      reason: part.reason,
      expected: part.expected,
      captured: part.captured,
      failed: part.failed,
      manifest: part.manifest,
      readStartedAt: part.readStartedAt,
      readEndedAt: part.readEndedAt,
    })),
  });
}
