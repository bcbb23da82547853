import type { ExportTool } from '../../../shared/model/export-tools.ts';
import type { Sql } from '../../db/database.ts';
import { readKeptSet } from '../../db/repositories/kept-sets.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import { writeCanonicalJson } from '../../snapshot/canonical-json.ts';
import { diffDocuments, type DocumentChange } from '../../snapshot/diff-documents.ts';
import { isJsonObject, type JsonObject } from '../../snapshot/json-value.ts';
import type { ManifestEntry } from '../../snapshot/manifest.ts';
import { neutralDocument } from '../../snapshot/neutral-document.ts';
import { emptyJsonObject, parseJson } from '../../snapshot/parse-json.ts';
import { compareCodeUnits } from '../../snapshot/split-document.ts';
import { type BackupSetDiff, comparableParts, diffBackupSets, type SetAddress } from './diff.ts';
import { pairImported, withoutToolForms } from './import-lens.ts';
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
  /** `id-or-name`: by id, and by name where the tool that exported one side left the id out. */
  pairedBy: 'id' | 'name' | 'id-or-name';
  counts: BackupSetDiff['counts'];
  /** Policy types that are complete on both sides, or of an import, in the order of their keys. */
  compared: { typeKey: string; added: ComparedItem[]; changed: ComparedItem[]; removed: ComparedItem[] }[];
  notCompared: BackupSetDiff['notCompared'];
}

/**
 * Two sets of one tenant, whose objects are the same where their ids are, or sets of two tenants, whose objects are
 * paired by name because no id is in both; with an import on either side without what its tool left out or wrote in a
 * form of its own. Throws like `diffBackupSets`.
 */
export async function compareSets(sql: Sql, before: SetAddress, after: SetAddress): Promise<SetComparison> {
  const lens = await lensFor(sql, before, after);
  if (lens !== null) return compareThroughLens(sql, before, after, lens);
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

/** The two sides of an object, empty where there is none; across tenants and for imports through their lens. */
export async function comparedDocuments(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
  item: Pick<ComparedItem, 'hashBefore' | 'hashAfter'>,
): Promise<Documents> {
  const lens = await lensFor(sql, before, after);
  const documents = {
    before: await documentOf(sql, before.tenantId, item.hashBefore),
    after: await documentOf(sql, after.tenantId, item.hashAfter),
  };
  return lens === null
    ? documents
    : lens.neutral(documents, item.hashBefore !== null && item.hashAfter !== null);
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

interface Documents {
  before: JsonObject;
  after: JsonObject;
}

interface Pairing {
  both: [ManifestEntry, ManifestEntry][];
  added: ManifestEntry[];
  removed: ManifestEntry[];
}

/** What has to be looked away from, so that two sides which were never one can be compared. */
interface Lens {
  pairedBy: SetComparison['pairedBy'];
  pair(before: readonly ManifestEntry[], after: readonly ManifestEntry[]): Pairing;
  /** `both`: the object is on both sides. */
  neutral(documents: Documents, both: boolean): Documents;
}

/** Null for two sealed sets of one tenant, whose documents are compared as they are. */
async function lensFor(sql: Sql, before: SetAddress, after: SetAddress): Promise<Lens | null> {
  const tools = (await Promise.all([toolOf(sql, before), toolOf(sql, after)])).filter(
    (tool) => tool !== null,
  );
  const ofImports = (documents: Documents, both: boolean): Documents =>
    tools.length > 0 && both ? withoutToolForms(documents.before, documents.after, tools) : documents;
  if (before.tenantId === after.tenantId) {
    return tools.length === 0 ? null : { pairedBy: 'id-or-name', pair: pairImported, neutral: ofImports };
  }
  const namers = await namersOf(sql, before, after);
  return {
    pairedBy: 'name',
    pair: pairByName,
    neutral: (documents, both) => {
      const own = ofImports(documents, both);
      return {
        before: neutralDocument(own.before, namers.before),
        after: neutralDocument(own.after, namers.after),
      };
    },
  };
}

async function toolOf(sql: Sql, { tenantId, setId }: SetAddress): Promise<ExportTool | null> {
  const origin = (await readKeptSet(sql, tenantId, setId))?.origin;
  return origin?.kind === 'import' ? origin.set.tool : null;
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

async function compareThroughLens(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
  lens: Lens,
): Promise<SetComparison> {
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
  const comparison: SetComparison = {
    pairedBy: lens.pairedBy,
    counts: { added: 0, changed: 0, removed: 0 },
    compared: [],
    notCompared,
  };
  for (const pair of pairs) {
    const paired = lens.pair(formerManifests.get(pair.before)!, laterManifests.get(pair.after)!);
    const differing: ComparedItem[] = [];
    for (let start = 0; start < paired.both.length; start += pairBatch) {
      differing.push(
        ...(await differingPairs(sql, before, after, lens, paired.both.slice(start, start + pairBatch))),
      );
    }
    const changes = {
      typeKey: pair.typeKey,
      added: paired.added.map((item) => comparedItem(null, item)),
      changed: differing,
      removed: paired.removed
        .map((item) => comparedItem(item, null))
        .sort((a, b) => compareCodeUnits(a.name, b.name)),
    };
    comparison.compared.push(changes);
    for (const kind of ['added', 'changed', 'removed'] as const)
      comparison.counts[kind] += changes[kind].length;
  }
  return comparison;
}

/** Pairs whose documents are in memory at the same time. */
const pairBatch = 100;

async function differingPairs(
  sql: Sql,
  before: SetAddress,
  after: SetAddress,
  lens: Lens,
  pairs: readonly [ManifestEntry, ManifestEntry][],
): Promise<ComparedItem[]> {
  const unequal = pairs.filter(([former, later]) => former.hash !== later.hash);
  const formerDocuments = await documentsOf(
    sql,
    before.tenantId,
    unequal.map(([former]) => former.hash),
  );
  const laterDocuments = await documentsOf(
    sql,
    after.tenantId,
    unequal.map(([, later]) => later.hash),
  );
  return pairs.flatMap(([former, later]) => {
    if (former.hash === later.hash) return former.name === later.name ? [] : [comparedItem(former, later)];
    const neutral = lens.neutral(
      { before: formerDocuments.get(former.hash)!, after: laterDocuments.get(later.hash)! },
      true,
    );
    const isEqual = writeCanonicalJson(neutral.before) === writeCanonicalJson(neutral.after);
    return isEqual ? [] : [comparedItem(former, later)];
  });
}

async function documentsOf(
  sql: Sql,
  tenantId: string,
  hashes: readonly string[],
): Promise<Map<string, JsonObject>> {
  const documents = new Map<string, JsonObject>();
  for await (const { hash, canonical } of loadPayloads(sql, tenantId, [...new Set(hashes)])) {
    documents.set(hash, objectOf(canonical));
  }
  return documents;
}

function comparedItem(before: ManifestEntry | null, after: ManifestEntry | null): ComparedItem {
  return {
    idBefore: before?.id ?? null,
    idAfter: after?.id ?? null,
    name: (after ?? before)!.name,
    hashBefore: before?.hash ?? null,
    hashAfter: after?.hash ?? null,
  };
}

/** Objects of equal names are paired, the first with the first where several have one. */
function pairByName(before: readonly ManifestEntry[], after: readonly ManifestEntry[]): Pairing {
  const open = Map.groupBy(before, (item) => item.name);
  const both: Pairing['both'] = [];
  const added: ManifestEntry[] = [];
  for (const item of after) {
    const old = open.get(item.name)?.shift();
    if (old === undefined) added.push(item);
    else both.push([old, item]);
  }
  return { both, added, removed: [...open.values()].flat() };
}
