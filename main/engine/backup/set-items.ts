import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { type KeptSetPart, readKeptParts, readKeptSet } from '../../db/repositories/kept-sets.ts';
import { currentNames, listSetsOfType } from '../../db/repositories/searched-sets.ts';
import { readContent } from '../../db/repositories/stored-content.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import type { JsonObject } from '../../snapshot/json-value.ts';
import { readReferences, type ManifestEntry } from '../../snapshot/manifest.ts';
import { collectReferenceIds } from '../../snapshot/reference-ids.ts';
import { unpackBytes } from '../../snapshot/stored-bytes.ts';
import { unknownSet } from './diff.ts';
import { loadManifests } from './stored-documents.ts';

/** An object of a set with the policy type under which the set lists it. */
export type SetItem = ManifestEntry & { typeKey: string };

const byName = new Intl.Collator('en', { numeric: true });

/**
 * The objects of a set, or of one policy type of it, in the order of type and name. Throws `backup_set_unknown`,
 * and `stored_bytes_*` where a manifest does not prove right.
 */
export async function listSetItems(
  sql: Sql,
  tenantId: string,
  setId: string,
  typeKey: string | null,
): Promise<SetItem[]> {
  const parts = (await requireParts(sql, tenantId, setId)).filter(
    (part) => part.manifest !== null && (typeKey === null || part.typeKey === typeKey),
  );
  const manifests = await loadManifests(
    sql,
    tenantId,
    parts.map((part) => part.manifest!),
  );
  return parts.flatMap((part) =>
    manifests
      .get(part.manifest!)!
      .map((entry) => ({ ...entry, typeKey: part.typeKey }))
      .sort((a, b) => byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1)),
  );
}

async function requireParts(sql: Sql, tenantId: string, setId: string): Promise<KeptSetPart[]> {
  const set = await readKeptSet(sql, tenantId, setId);
  if (set === null) throw unknownSet();
  return readKeptParts(sql, set);
}

/** One object of a set. Throws `item_not_found` beside what `listSetItems` throws. */
export async function requireSetItem(
  sql: Sql,
  tenantId: string,
  setId: string,
  typeKey: string,
  graphId: string,
): Promise<ManifestEntry> {
  const part = (await requireParts(sql, tenantId, setId)).find((each) => each.typeKey === typeKey);
  const manifest = part?.manifest ?? null;
  const entries = manifest === null ? [] : (await loadManifests(sql, tenantId, [manifest])).get(manifest)!;
  const entry = entries.find((each) => each.id === graphId);
  if (entry === undefined) throw new AppError('item_not_found', 'The backup set holds no such item.');
  return entry;
}

export interface NamedReference {
  id: string;
  kind: string | null;
  /** Null: nobody knows it any more. */
  name: string | null;
  /** False: the set has no name for it; this one is of the last run. */
  fromSet: boolean;
}

/** Names of what a document points to: those that its set kept, otherwise those of the last run. */
export async function nameReferences(
  sql: Sql,
  tenantId: string,
  setId: string,
  document: JsonObject,
): Promise<NamedReference[]> {
  const ids = new Set<string>();
  collectReferenceIds(document, ids);
  if (ids.size === 0) return [];
  const kept = await referencesOfSet(sql, tenantId, setId);
  const unknown = [...ids].filter((id) => (kept.get(id)?.name ?? null) === null);
  const current = new Map(
    (await currentNames(sql, tenantId, unknown)).map((row) => [
      row.graphId,
      { kind: findPolicyType(row.typeKey)?.displayName ?? row.typeKey, name: row.name },
    ]),
  );
  return [...ids].map((id) => {
    const own = kept.get(id);
    if (own !== undefined && own.name !== null) return { id, kind: own.kind, name: own.name, fromSet: true };
    return { id, ...(current.get(id) ?? { kind: null, name: null }), fromSet: false };
  });
}

/** The names that a set kept, by id; none where it kept no references. */
export async function referencesOfSet(
  sql: Sql,
  tenantId: string,
  setId: string,
): Promise<Map<string, { kind: string | null; name: string | null }>> {
  const hash = (await readKeptSet(sql, tenantId, setId))?.references ?? null;
  if (hash === null) return new Map();
  const row = (await readContent(sql, 'manifests', tenantId, [hash])).get(hash);
  if (row === undefined) return new Map();
  return new Map(readReferences(await unpackBytes(row)).map(({ id, kind, name }) => [id, { kind, name }]));
}

/** A version of an item in the chain of a tenant's sets. */
export interface ItemVersion {
  difference: 'added' | 'changed' | 'removed';
  name: string;
  hash: string | null;
  setId: string;
  sequence: number;
  sealedAt: Date;
  /** How many sets in a row hold it. */
  sets: number;
  previousSetId: string | null;
}

/**
 * What happened to one object from set to set, newest first. A set whose reading of the type was incomplete says
 * nothing about an object that it lacks.
 */
export async function readItemHistory(
  sql: Sql,
  tenantId: string,
  typeKey: string,
  graphId: string,
): Promise<ItemVersion[]> {
  const sets = await listSetsOfType(sql, tenantId, typeKey);
  const entries = new Map<string, ManifestEntry | undefined>();
  for (const hash of new Set(sets.flatMap((set) => (set.manifest === null ? [] : [set.manifest])))) {
    const items = (await loadManifests(sql, tenantId, [hash])).get(hash)!;
    entries.set(
      hash,
      items.find((item) => item.id === graphId),
    );
  }
  const versions: ItemVersion[] = [];
  let standing: ManifestEntry | undefined;
  let previousSetId: string | null = null;
  for (const set of sets) {
    const entry = set.manifest === null ? undefined : entries.get(set.manifest);
    if (entry === undefined && !set.complete) continue;
    const last = versions.at(-1);
    if (entry?.hash === standing?.hash && entry?.name === standing?.name) {
      if (last !== undefined) last.sets += 1;
    } else {
      versions.push({
        difference: entry === undefined ? 'removed' : standing === undefined ? 'added' : 'changed',
        name: (entry ?? standing)!.name,
        hash: entry?.hash ?? null,
        setId: set.setId,
        sequence: set.sequence,
        sealedAt: set.sealedAt,
        sets: 1,
        previousSetId,
      });
    }
    standing = entry;
    previousSetId = set.setId;
  }
  return versions.reverse();
}
