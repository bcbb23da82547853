import type { StoredSet, StoredSetPart } from '../../db/repositories/backup-sets.ts';
import type { ImportedSet } from '../../db/repositories/imported-sets.ts';
import type { KeptSet } from '../../db/repositories/kept-sets.ts';
import { crc32 } from 'node:zlib';
import { writeBackupSetRoot } from '../../snapshot/backup-set-root.ts';
import { writeImportedSetRoot } from '../../snapshot/imported-set-root.ts';

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

/** The root document of an imported set with its hash, from the set's own row and its parts. */
export function rootOfImport(
  set: Omit<ImportedSet, 'root' | 'files' | 'newBytes' | 'leftOut'>,
  parts: readonly { typeKey: string; items: number; manifest: string }[],
): { bytes: Uint8Array; sha256: string } {
  return writeImportedSetRoot({
    tenant: set.tenantId,
    set: set.id,
    tool: set.tool,
    folder: set.folder,
    takenAt: set.takenAt,
    importedAt: set.importedAt,
    importedBy: set.importedBy,
    items: set.items,
    parts: parts.map((part) => ({ type: part.typeKey, items: part.items, manifest: part.manifest })),
  });
}

/** The root document of any set with its hash. */
export function rootOfKept(
  set: KeptSet,
  parts: readonly StoredSetPart[],
): { bytes: Uint8Array; sha256: string } {
  if (set.origin.kind === 'run') return rootOfSet(set.origin.set, parts);
  return rootOfImport(
    set.origin.set,
    parts.map((part) => ({ typeKey: part.typeKey, items: part.captured, manifest: part.manifest ?? '' })),
  );
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
