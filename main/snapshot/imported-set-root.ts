import { canonicalBytes } from './canonical-json.ts';
import type { JsonObject } from './json-value.ts';
import { sha256Hex } from './sha256.ts';
import { compareCodeUnits } from './split-document.ts';

/** Everything that the root hash of an imported set covers. Instants are UTC text with microseconds. */
export interface ImportedSetRoot {
  tenant: string;
  set: string;
  tool: string;
  /** Name of the folder without its path. */
  folder: string;
  takenAt: string;
  importedAt: string;
  importedBy: string;
  items: number;
  parts: readonly { type: string; items: number; manifest: string }[];
}

/**
 * The root of an imported set (format 1, README.md beside this file): like that of a backup set, but outside of the
 * tenant's chain, and without anything that would say that a type is complete.
 */
export function writeImportedSetRoot(root: ImportedSetRoot): { bytes: Uint8Array; sha256: string } {
  const bytes = canonicalBytes({
    format: 1,
    kind: 'imported-set',
    ...root,
    parts: root.parts
      .toSorted((a, b) => compareCodeUnits(a.type, b.type))
      .map((part) => ({ ...part }) as JsonObject),
  });
  return { bytes, sha256: sha256Hex(bytes) };
}
