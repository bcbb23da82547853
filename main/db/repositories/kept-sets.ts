import { type StoredSet, type StoredSetPart, readBackupSet, readSetParts } from './backup-sets.ts';
import type { Sql } from '../database.ts';
import { type ImportedSet, readImportedSet, readImportedSetParts } from './imported-sets.ts';

/**
 * A set that can be looked into, whatever it came from. Whoever asks about backups (health, freshness, retention, the
 * chain) reads `backup-sets.ts` instead, which knows no imports.
 */
export interface KeptSet {
  id: string;
  tenantId: string;
  /** The instant that the set speaks of, UTC text with microseconds: when it was sealed, or for an import taken. */
  at: string;
  items: number;
  references: string | null;
  root: string;
  origin: { kind: 'run'; set: StoredSet } | { kind: 'import'; set: ImportedSet };
}

/** A policy type of any set. Of an import nothing proves that it is complete. */
export type KeptSetPart = StoredSetPart & { imported: boolean };

/** One set of the tenant, sealed or imported; null when the tenant has no such set. */
export async function readKeptSet(sql: Sql, tenantId: string, setId: string): Promise<KeptSet | null> {
  const set = await readBackupSet(sql, tenantId, setId);
  if (set !== null) return keptRun(set);
  const imported = await readImportedSet(sql, tenantId, setId);
  return imported === null ? null : keptImport(imported);
}

export function keptRun(set: StoredSet): KeptSet {
  const { id, tenantId, items, references, root } = set;
  return { id, tenantId, at: set.sealedAt, items, references, root, origin: { kind: 'run', set } };
}

export function keptImport(set: ImportedSet): KeptSet {
  const { id, tenantId, items, root } = set;
  return { id, tenantId, at: set.takenAt, items, references: null, root, origin: { kind: 'import', set } };
}

/** The policy types of a set in the order of their keys. */
export async function readKeptParts(
  sql: Sql,
  set: Pick<KeptSet, 'id' | 'tenantId' | 'origin'>,
): Promise<KeptSetPart[]> {
  if (set.origin.kind === 'run') {
    const parts = await readSetParts(sql, set.tenantId, set.id);
    return parts.map((part) => ({ ...part, imported: false }));
  }
  const parts = await readImportedSetParts(sql, set.tenantId, set.id);
  return parts.map((part) => ({
    typeKey: part.typeKey,
    outcome: part.known ? 'incomplete' : 'unknown_type',
    reason: part.known ? 'imported' : 'type_unknown',
    expected: null,
    captured: part.items,
    failed: 0,
    manifest: part.manifest,
    readStartedAt: null,
    readEndedAt: null,
    imported: true,
  }));
}
