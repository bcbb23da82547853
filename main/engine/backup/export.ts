import { randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { readBackupSet, readSetParts, type StoredSet } from '../../db/repositories/backup-sets.ts';
import { readContent } from '../../db/repositories/stored-content.ts';
import { readManifest } from '../../snapshot/manifest.ts';
import { sha256Hex } from '../../snapshot/sha256.ts';
import { unpackBytes } from '../../snapshot/stored-bytes.ts';
import { unknownSet } from './diff.ts';
import { exportNames, fileSlug } from './export-names.ts';
import { rootOfSet } from './set-root.ts';
import { loadPayloads } from './stored-documents.ts';

export interface ExportReport {
  directory: string;
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
 * Writes a backup set to a new directory: `type/slug_id.json` holds the stored canonical bytes of each object,
 * so `sha256sum` of a file is the object's hash; `manifest.json` lists them; `_verify` holds the root document
 * and the manifests byte for byte, and `SHA256SUMS` all of it, so the whole chain of hashes can be proved without
 * TenantKeep. Secrets are fingerprints and masks, as everywhere.
 *
 * The directory appears whole or not at all: everything is written beside it first and then renamed. Throws
 * `AppError`: `backup_set_unknown`, `export_directory_exists`, `export_disk_full`, `export_not_writable`,
 * `stored_bytes_damaged` or `stored_bytes_missing`; nothing is left behind.
 */
export async function exportBackupSet(
  sql: Sql,
  source: { tenantId: string; setId: string },
  directory: string,
): Promise<ExportReport> {
  const set = await readBackupSet(sql, source.tenantId, source.setId);
  if (!set) throw unknownSet();
  const target = resolve(directory);
  await refuseExisting(target);
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID()}.partial`);
  try {
    await mkdir(draft, { recursive: true });
    const report = await writeExport(sql, set, draft);
    await rename(draft, target);
    return { ...report, directory: target };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw explain(error, target);
  }
}

async function writeExport(
  sql: Sql,
  set: StoredSet,
  draft: string,
): Promise<Omit<ExportReport, 'directory'>> {
  const { tenantId } = set;
  const parts = await readSetParts(sql, tenantId, set.id);
  const files = new ExportFiles(draft);
  const items: ExportedItem[] = [];
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
      for (const file of filesOfHash.get(hash)!) await files.write(file, canonical);
    }
  }
  if (set.references !== null)
    await files.write('_verify/references.json', await canonicalManifest(set.references));
  const root = rootOfSet(set, parts);
  await files.write('_verify/root.json', root.bytes);
  const manifest = {
    format: 1,
    product: 'TenantKeep',
    backupSet: {
      id: set.id,
      tenantId,
      runId: set.runId,
      scheduleId: set.scheduleId,
      sequence: set.sequence,
      sealedAt: set.sealedAt,
      complete: set.complete,
      rootHash: set.root,
      previousRootHash: set.previousRoot,
    },
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

/** Writes files below one folder and remembers their hashes for SHA256SUMS. */
class ExportFiles {
  private readonly folder: string;
  private readonly made = new Set<string>();
  private readonly sums: string[] = [];
  bytes = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.folder, name);
    const parent = dirname(path);
    if (!this.made.has(parent)) {
      await mkdir(parent, { recursive: true });
      this.made.add(parent);
    }
    // `wx`: a name that two objects shared would overwrite one in silence.
    await writeFile(path, bytes, { flag: 'wx' });
    this.bytes += bytes.length;
    this.sums.push(`${sha256Hex(bytes)}  ${name}`);
  }

  async writeSums(): Promise<void> {
    await writeFile(join(this.folder, 'SHA256SUMS'), `${this.sums.join('\n')}\n`, { flag: 'wx' });
  }
}

async function refuseExisting(target: string): Promise<void> {
  try {
    await access(target);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw explain(error, target);
  }
  throw new AppError('export_directory_exists', 'The directory for the export exists already.', {
    nextStep: 'Name a directory that does not exist yet.',
    details: { directory: target },
  });
}

function explain(error: unknown, directory: string): unknown {
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new AppError('export_disk_full', 'The disk is full; nothing was exported.', {
        nextStep: 'Free space, or export to another disk.',
        details: { directory },
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return new AppError('export_not_writable', 'The directory for the export cannot be written.', {
        nextStep: 'Choose a directory in which you may write.',
        details: { directory },
        cause: error,
      });
    default:
      return error;
  }
}

function systemCode(error: unknown): string | null {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : null;
  return typeof code === 'string' ? code : null;
}
