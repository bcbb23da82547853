import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { type KeptSet, readKeptParts } from '../../db/repositories/kept-sets.ts';
import { readContent } from '../../db/repositories/stored-content.ts';
import { readManifest } from '../../snapshot/manifest.ts';
import { sha256Hex } from '../../snapshot/sha256.ts';
import { unpackBytes } from '../../snapshot/stored-bytes.ts';
import { exportNames, fileSlug } from './export-names.ts';
import { rootOfKept } from './set-root.ts';
import { loadPayloads } from './stored-documents.ts';

/** Where the files of an export go: a directory or a ZIP. A name is written once. */
export interface ExportSink {
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** How a long export is followed and ended. */
export interface ExportWishes {
  signal?: AbortSignal;
  /** Objects written so far, and all of them. */
  onProgress?: (done: number, of: number) => void;
}

export interface ExportReport {
  objects: number;
  bytes: number;
  rootHash: string;
}

/** An object as manifest.json of an export lists it. */
interface ExportedItem {
  type: string;
  id: string;
  name: string;
  hash: string;
  file: string;
  volatile?: Record<string, unknown>;
  secrets?: readonly string[];
  missingSecrets?: readonly unknown[];
}

/**
 * Writes the files of a backup set: `type/slug_id.json` holds the stored canonical bytes of each object, so
 * `sha256sum` of a file is the object's hash; `manifest.json` lists them; `_verify` holds the root document and the
 * manifests byte for byte, and `SHA256SUMS` all of it, so the whole chain of hashes can be proved without TenantKeep.
 * Secrets are fingerprints and masks, as everywhere. Throws `stored_bytes_damaged` or `stored_bytes_missing`.
 */
export async function writeExport(
  sql: Sql,
  set: KeptSet,
  sink: ExportSink,
  wishes: ExportWishes = {},
): Promise<ExportReport> {
  const { tenantId } = set;
  const parts = await readKeptParts(sql, set);
  const files = new SummedFiles(sink);
  const items: ExportedItem[] = [];
  let written = 0;
  const hashes = parts.flatMap((part) => (part.manifest === null ? [] : [part.manifest]));
  if (set.references !== null) hashes.push(set.references);
  const manifests = await readContent(sql, 'manifests', tenantId, hashes);
  const canonicalManifest = async (hash: string) => {
    const row = manifests.get(hash);
    if (!row) {
      throw new AppError(
        'stored_bytes_missing',
        'A manifest that the backup set names is not in the database.',
        {
          nextStep: 'Run backup-sets verify to see what is damaged.',
          details: { sha256: hash },
        },
      );
    }
    return unpackBytes(row);
  };
  for (const part of parts) {
    if (part.manifest === null) continue;
    const folder = fileSlug(part.typeKey, 80);
    const bytes = await canonicalManifest(part.manifest);
    await files.write(`_verify/manifests/${folder}.json`, bytes);
    const listed = readManifest(bytes).items;
    const names = exportNames(listed, sha256Hex);
    const filesOfHash = new Map<string, string[]>();
    listed.forEach(({ id, name, hash, volatile, secrets, missingSecrets }, index) => {
      const file = `${folder}/${names[index]!}`;
      filesOfHash.set(hash, [...(filesOfHash.get(hash) ?? []), file]);
      items.push({
        type: part.typeKey,
        id,
        name,
        hash,
        file,
        ...(volatile && { volatile }),
        ...(secrets && { secrets }),
        ...(missingSecrets && { missingSecrets }),
      });
    });
    for await (const { hash, canonical } of loadPayloads(sql, tenantId, [...filesOfHash.keys()])) {
      wishes.signal?.throwIfAborted();
      for (const file of filesOfHash.get(hash)!) await files.write(file, canonical);
      written += filesOfHash.get(hash)!.length;
      wishes.onProgress?.(written, set.items);
    }
  }
  if (set.references !== null)
    await files.write('_verify/references.json', await canonicalManifest(set.references));
  const root = rootOfKept(set, parts);
  await files.write('_verify/root.json', root.bytes);
  const manifest = {
    format: 1,
    product: 'TenantKeep',
    ...description(set),
    types: parts.map((part) => ({
      type: part.typeKey,
      outcome: part.outcome,
      reason: part.reason,
      expected: part.expected,
      captured: part.captured,
      failed: part.failed,
      manifest: part.manifest,
    })),
    items,
  };
  await files.write('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8'));
  await files.writeSums();
  return { objects: items.length, bytes: files.bytes, rootHash: set.root };
}

/** What manifest.json says of the set itself. */
function description({ id, tenantId, root, origin }: KeptSet): object {
  if (origin.kind === 'import') {
    const { tool, folder, takenAt, importedAt, importedBy, leftOut } = origin.set;
    const importedSet = {
      id,
      tenantId,
      tool,
      folder,
      takenAt,
      importedAt,
      importedBy,
      leftOut,
      rootHash: root,
    };
    return { importedSet };
  }
  const { runId, scheduleId, sequence, sealedAt, complete, previousRoot } = origin.set;
  const chained = { runId, scheduleId, sequence, sealedAt, complete };
  return { backupSet: { id, tenantId, ...chained, rootHash: root, previousRootHash: previousRoot } };
}

/** Remembers the hashes of what is written for SHA256SUMS. */
class SummedFiles {
  private readonly sink: ExportSink;
  private readonly sums: string[] = [];
  bytes = 0;

  constructor(sink: ExportSink) {
    this.sink = sink;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.sink.write(name, bytes);
    this.bytes += bytes.length;
    this.sums.push(`${sha256Hex(bytes)}  ${name}`);
  }

  async writeSums(): Promise<void> {
    await this.sink.write('SHA256SUMS', Buffer.from(`${this.sums.join('\n')}\n`, 'utf8'));
  }
}
