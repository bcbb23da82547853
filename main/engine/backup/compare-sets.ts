import type { Sql } from '../../db/database.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import { writeCanonicalJson } from '../../snapshot/canonical-json.ts';
import { diffDocuments, type DocumentChange } from '../../snapshot/diff-documents.ts';
import { isJsonObject, type JsonObject } from '../../snapshot/json-value.ts';
import type { ManifestEntry } from '../../snapshot/manifest.ts';
import { neutralDocument } from '../../snapshot/neutral-document.ts';
import { emptyJsonObject, parseJson } from '../../snapshot/parse-json.ts';
import { compareCodeUnits } from '../../snapshot/split-document.ts';
import { type BackupSetDiff, comparableParts, diffBackupSets, type SetAddress } from './diff.ts';
import { referencesOfSet } from './set-items.ts';
import { loadManifests, loadPayload, loadPayloads } from './stored-documents.ts';

/** An object in a comparison; an id is null on the side that does not have it. */
export interface ComparedItem {
  idBefore: string | null;
  idAfter: string | null;
  name: string;
  hashBefore: string | null;
  hashAfter: string | null;
}

export interface SetComparison {
  pairedBy: 'id' | 'name';
  counts: BackupSetDiff['counts'];
  /** Policy types that are complete on both sides, in the order of their keys. */
  compared: { typeKey: string; added: ComparedItem[]; changed: ComparedItem[]; removed: ComparedItem[] }[];
  notCompared: BackupSetDiff['notCompared'];
}

/**
 * Two sets of one tenant, whose objects are the same where their ids are, or sets of two tenants, whose objects are
 * paired by name because no id is in both. Throws like `diffBackupSets`.
 */
export async function compareSets(sql: Sql, before: SetAddress, after: SetAddress): Promise<SetComparison> {
  if (before.tenantId !== after.tenantId) return compareAcrossTenants(sql, before, after);
  const diff = await diffBackupSets(sql, before, after);
  return {
    pairedBy: 'id',
    counts: diff.counts,
    notCompared: diff.notCompared,
    compared: diff.compared.map(({ typeKey, added, changed, removed }) => ({
      typeKey,
      added: added.map((item) => ({ ...item, idBefore: null, idAfter: item.id })),
      changed: changed.map((item) => ({ ...item, idBefore: item.id, idAfter: item.id })),
      removed: removed.map((item) => ({ ...item, idBefore: item.id, idAfter: null })),
    })),
  };
}

/** The two sides of an object, empty where there is none; across tenants without their ids. */
export async function comparedDocuments(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
  item: Pick<ComparedItem, 'hashBefore' | 'hashAfter'>,
): Promise<{ before: JsonObject; after: JsonObject }> {
  const neutral = before.tenantId === after.tenantId ? null : await namersOf(sql, before, after);
  const former = await documentOf(sql, before.tenantId, item.hashBefore);
  const later = await documentOf(sql, after.tenantId, item.hashAfter);
  return neutral === null
    ? { before: former, after: later }
    : { before: neutralDocument(former, neutral.before), after: neutralDocument(later, neutral.after) };
}

/** What differs inside one object, by JSON pointer, with secrets masked. */
export async function compareItem(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
  typeKey: string,
  item: Pick<ComparedItem, 'hashBefore' | 'hashAfter'>,
): Promise<DocumentChange[]> {
  const documents = await comparedDocuments(sql, before, after, item);
  return diffDocuments(documents.before, documents.after, findPolicyType(typeKey) ?? null);
}

async function documentOf(sql: Sql, tenantId: string, hash: string | null): Promise<JsonObject> {
  return hash === null ? emptyJsonObject() : objectOf(await loadPayload(sql, tenantId, hash));
}

function objectOf(canonical: Uint8Array): JsonObject {
  const document = parseJson(canonical);
  if (!isJsonObject(document)) throw new Error('A payload is always an object.');
  return document;
}

type Namer = (id: string) => string | null;

async function namersOf(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
): Promise<{ before: Namer; after: Namer }> {
  const namer = async ({ tenantId, setId }: SetAddress): Promise<Namer> => {
    const references = await referencesOfSet(sql, tenantId, setId);
    return (id) => {
      const found = references.get(id);
      return found === undefined || found.name === null ? null : `${found.kind ?? 'object'}: ${found.name}`;
    };
  };
  return { before: await namer(before), after: await namer(after) };
}

async function compareAcrossTenants(sql: Sql, before: SetAddress, after: SetAddress): Promise<SetComparison> {
  const { pairs, notCompared } = await comparableParts(sql, before, after);
  const formerManifests = await loadManifests(
    sql,
    before.tenantId,
    pairs.map((pair) => pair.before),
  );
  const laterManifests = await loadManifests(
    sql,
    after.tenantId,
    pairs.map((pair) => pair.after),
  );
  const namers = await namersOf(sql, before, after);
  const comparison: SetComparison = {
    pairedBy: 'name',
    counts: { added: 0, changed: 0, removed: 0 },
    compared: [],
    notCompared,
  };
  for (const pair of pairs) {
    const paired = pairByName(formerManifests.get(pair.before)!, laterManifests.get(pair.after)!);
    const former = await neutralTexts(sql, before.tenantId, paired.both, 'hashBefore', namers.before);
    const later = await neutralTexts(sql, after.tenantId, paired.both, 'hashAfter', namers.after);
    const changed = paired.both.filter((item) => former.get(item.hashBefore!) !== later.get(item.hashAfter!));
    comparison.compared.push({
      typeKey: pair.typeKey,
      added: paired.added,
      changed,
      removed: paired.removed,
    });
    comparison.counts.added += paired.added.length;
    comparison.counts.changed += changed.length;
    comparison.counts.removed += paired.removed.length;
  }
  return comparison;
}

/** Objects of equal names are paired, the first with the first where several have one. */
function pairByName(
  before: readonly ManifestEntry[],
  after: readonly ManifestEntry[],
): { both: ComparedItem[]; added: ComparedItem[]; removed: ComparedItem[] } {
  const open = new Map<string, ManifestEntry[]>();
  for (const item of before) open.set(item.name, [...(open.get(item.name) ?? []), item]);
  const both: ComparedItem[] = [];
  const added: ComparedItem[] = [];
  for (const item of after) {
    const old = open.get(item.name)?.shift();
    (old ? both : added).push({
      idBefore: old?.id ?? null,
      idAfter: item.id,
      name: item.name,
      hashBefore: old?.hash ?? null,
      hashAfter: item.hash,
    });
  }
  const removed = [...open.values()].flat().map((old) => ({
    idBefore: old.id,
    idAfter: null,
    name: old.name,
    hashBefore: old.hash,
    hashAfter: null,
  }));
  removed.sort((a, b) => compareCodeUnits(a.name, b.name));
  return { both, added, removed };
}

async function neutralTexts(
  sql: Sql,
  tenantId: string,
  items: readonly ComparedItem[],
  side: 'hashBefore' | 'hashAfter',
  nameOf: Namer,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const hashes = [...new Set(items.map((item) => item[side]!))];
  for await (const { hash, canonical } of loadPayloads(sql, tenantId, hashes)) {
    texts.set(hash, writeCanonicalJson(neutralDocument(objectOf(canonical), nameOf)));
  }
  return texts;
}
