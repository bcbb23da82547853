import type { TypeOutcome } from '../../shared/model/run-states.ts';
import { canonicalBytes } from './canonical-json.ts';
import type { JsonObject } from './json-value.ts';
import { sha256Hex } from './sha256.ts';
import { compareCodeUnits } from './split-document.ts';

/** One policy type inside a backup set. Instants are UTC text with microseconds, as the database prints them. */
interface BackupSetPart {
  type: string;
  outcome: TypeOutcome;
  reason: string | null;
  /** Rows that the service announced or listed; null where it said nothing. */
  expected: number | null;
  captured: number;
  failed: number;
  /** SHA-256 of the manifest, or null where nothing was read. */
  manifest: string | null;
  readStartedAt: string | null;
  readEndedAt: string | null;
}

/** Everything that a backup set's root hash covers: all of the set but its pin, which may change. */
export interface BackupSetRoot {
  tenant: string;
  set: string;
  run: string;
  schedule: string;
  /** Gapless per tenant, from 1. */
  sequence: number;
  sealedAt: string;
  leaseToken: string;
  complete: boolean;
  items: number;
  added: number;
  changed: number;
  removed: number;
  newBytes: number;
  /** SHA-256 of the references document, or null where it was not read. */
  references: string | null;
  /** Id and root of the tenant's previous set, null for the first. */
  previousSet: string | null;
  previousRoot: string | null;
  parts: readonly BackupSetPart[];
}

/**
 * The root of a backup set: SHA-256 of its canonical root document (format 1, README.md beside this file). The
 * root holds the hash of each manifest and of the set before, a manifest the hash of each payload: one
 * changed byte anywhere below changes it.
 */
export function writeBackupSetRoot(root: BackupSetRoot): { bytes: Uint8Array; sha256: string } {
  const bytes = canonicalBytes({
    format: 1,
    kind: 'backup-set',
    ...root,
    parts: root.parts
      .toSorted((a, b) => compareCodeUnits(a.type, b.type))
      .map((part) => ({ ...part }) as JsonObject),
  });
  return { bytes, sha256: sha256Hex(bytes) };
}
