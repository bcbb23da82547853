import type { StoredSet, StoredSetPart } from '../../db/repositories/backup-sets.ts';
import { crc32 } from 'node:zlib';
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

/**
 * CRC-32 of each part by policy type, eight hexadecimal digits. Proves nothing against people, the root does
 * that; where a root is wrong it names the part that was touched.
 */
export function checkSumsOfParts(parts: readonly StoredSetPart[]): Record<string, string> {
  return Object.fromEntries(
    parts.map((part) => [part.typeKey, crc32(JSON.stringify(part)).toString(16).padStart(8, '0')]),
  );
}
