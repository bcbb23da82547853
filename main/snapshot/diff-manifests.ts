import type { ManifestEntry } from './manifest.ts';

/** An object in a comparison of two manifests. */
export interface ItemChange {
  id: string;
  name: string;
  /** Payload hash before and after; null where the object did not exist. */
  hashBefore: string | null;
  hashAfter: string | null;
}

export interface ManifestDiff {
  added: ItemChange[];
  changed: ItemChange[];
  removed: ItemChange[];
}

/**
 * Objects of one policy type that were added, changed or removed between two complete manifests. An object is
 * changed when its stable document or its name is; volatile values alone change nothing.
 */
export function diffManifests(
  before: readonly ManifestEntry[],
  after: readonly ManifestEntry[],
): ManifestDiff {
  const diff: ManifestDiff = { added: [], changed: [], removed: [] };
  const former = new Map(before.map((item) => [item.id, item]));
  for (const item of after) {
    const old = former.get(item.id);
    former.delete(item.id);
    const change = { id: item.id, name: item.name, hashBefore: old?.hash ?? null, hashAfter: item.hash };
    if (!old) diff.added.push(change);
    else if (old.hash !== item.hash || old.name !== item.name) diff.changed.push(change);
  }
  for (const old of former.values()) {
    diff.removed.push({ id: old.id, name: old.name, hashBefore: old.hash, hashAfter: null });
  }
  return diff;
}
