import type { Sql } from '../../db/database.ts';
import { readContent } from '../../db/repositories/stored-content.ts';
import { readManifest, type ManifestEntry } from '../../snapshot/manifest.ts';
import { unpackBytes } from '../../snapshot/stored-bytes.ts';
import { AppError } from '../../../shared/errors.ts';

/** Payloads that are held in memory at the same time while many are read. */
const payloadBatch = 200;

/**
 * The entries of stored manifests by their hash, each proved against it. Throws `AppError`
 * `stored_bytes_missing` or `stored_bytes_damaged`.
 */
export async function loadManifests(
  sql: Sql,
  tenantId: string,
  hashes: readonly string[],
): Promise<Map<string, ManifestEntry[]>> {
  const rows = await readContent(sql, 'manifests', tenantId, [...new Set(hashes)]);
  const manifests = new Map<string, ManifestEntry[]>();
  for (const hash of hashes) {
    const row = rows.get(hash);
    if (!row) throw missing(hash);
    manifests.set(hash, readManifest(await unpackBytes(row)).items);
  }
  return manifests;
}

/** The canonical bytes of one stored object, proved against its hash. Throws like `loadManifests`. */
export async function loadPayload(sql: Sql, tenantId: string, hash: string): Promise<Uint8Array> {
  const row = (await readContent(sql, 'payloads', tenantId, [hash])).get(hash);
  if (!row) throw missing(hash);
  return unpackBytes(row);
}

/** Hands many stored objects over one by one, reading them in batches. Throws like `loadManifests`. */
export async function* loadPayloads(
  sql: Sql,
  tenantId: string,
  hashes: readonly string[],
): AsyncGenerator<{ hash: string; canonical: Uint8Array }> {
  for (let start = 0; start < hashes.length; start += payloadBatch) {
    const batch = hashes.slice(start, start + payloadBatch);
    const rows = await readContent(sql, 'payloads', tenantId, batch);
    for (const hash of batch) {
      const row = rows.get(hash);
      if (!row) throw missing(hash);
      yield { hash, canonical: await unpackBytes(row) };
    }
  }
}

function missing(hash: string): AppError {
  return new AppError(
    'stored_bytes_missing',
    'Stored content that a backup set names is not in the database.',
    {
      nextStep: 'Run backup-sets verify to see what is damaged.',
      details: { sha256: hash },
    },
  );
}
