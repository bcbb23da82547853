import type { Database, Sql } from '../../db/database.ts';
import type { StoredRunType } from '../../db/repositories/run-types.ts';
import { holdOffSweep, insertContent, lockExistingContent } from '../../db/repositories/stored-content.ts';
import { isJsonObject } from '../../snapshot/json-value.ts';
import { writeReferences, type ReferenceEntry } from '../../snapshot/manifest.ts';
import { parseJson } from '../../snapshot/parse-json.ts';
import { collectReferenceIds } from '../../snapshot/reference-ids.ts';
import { packBytes } from '../../snapshot/stored-bytes.ts';
import type { Log, TenantReader } from '../ports.ts';
import type { RunLease } from '../run-lease.ts';
import { resolveNames } from './resolve-names.ts';
import { loadManifests, loadPayloads } from './stored-documents.ts';

/** Adds what the objects of types refer to that a former attempt read and this one therefore does not. */
export async function collectStoredReferenceIds(
  sql: Sql,
  tenantId: string,
  reused: readonly StoredRunType[],
  ids: Set<string>,
): Promise<void> {
  const hashes = reused.flatMap((type) => (type.manifest === null ? [] : [type.manifest]));
  const manifests = await loadManifests(sql, tenantId, hashes);
  const payloads = new Set([...manifests.values()].flatMap((items) => items.map((item) => item.hash)));
  for await (const { canonical } of loadPayloads(sql, tenantId, [...payloads])) {
    const document = parseJson(canonical);
    if (isJsonObject(document)) collectReferenceIds(document, ids);
  }
}

/**
 * Asks for the names behind the ids that policies mention and stores them as one document, so that a set can be
 * read after groups and filters are deleted. An enrichment: when it fails, the ids are kept as unresolved and
 * the completeness of the run is not touched.
 *
 * @returns the hash of the references document and the bytes that it added.
 */
export async function storeReferences(parts: {
  lease: RunLease;
  database: Database;
  /** Null when the tenant cannot be read any more. */
  reader: TenantReader | null;
  ids: readonly string[];
  /** Policy types that this run read. */
  typeKeys: readonly string[];
  log: Log;
}): Promise<{ sha256: string; newBytes: number }> {
  const { lease, ids } = parts;
  const names = await resolveNames(parts);
  const { sha256, bytes } = writeReferences(
    ids.map((id): ReferenceEntry => ({ id, ...(names.get(id) ?? { kind: null, name: null, detail: null }) })),
  );
  return lease.fenced(async (tx) => {
    await holdOffSweep(tx, lease.tenantId);
    const existing = await lockExistingContent(tx, 'manifests', lease.tenantId, [sha256]);
    if (existing.has(sha256)) return { sha256, newBytes: 0 };
    const packed = await packBytes(bytes);
    const content = { sha256, size: bytes.length, ...packed };
    const added = await insertContent(tx, 'manifests', lease.tenantId, [content]);
    return { sha256, newBytes: added.has(sha256) ? packed.bytes.length : 0 };
  });
}
