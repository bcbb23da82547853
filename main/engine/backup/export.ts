import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { AppError } from '../../../shared/errors.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import type { Sql } from '../../db/database.ts';
import { type KeptSet, readKeptSet } from '../../db/repositories/kept-sets.ts';
import { unknownSet } from './diff.ts';
import { type ExportReport, type ExportSink, type ExportWishes, writeExport } from './export-content.ts';

interface ExportSource {
  tenantId: string;
  setId: string;
}

/**
 * Writes a backup set to a new directory (see `writeExport`). The directory appears whole or not at all: everything
 * is written beside it first and then renamed. Throws `AppError`: `backup_set_unknown`, `export_directory_exists`,
 * `export_disk_full`, `export_not_writable`, `stored_bytes_damaged` or `stored_bytes_missing`; nothing is left behind.
 */
export async function exportBackupSet(
  sql: Sql,
  source: ExportSource,
  directory: string,
  wishes: ExportWishes = {},
): Promise<ExportReport & { directory: string }> {
  const set = await requireSet(sql, source);
  const target = resolve(directory);
  await refuseExisting(target);
  const draft = draftOf(target);
  try {
    await mkdir(draft, { recursive: true });
    const report = await writeExport(sql, set, directorySink(draft), wishes);
    await rename(draft, target);
    return { ...report, directory: target };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw explain(error, target);
  }
}

/**
 * The same files in one ZIP, object by object, so that a set of any size needs no memory. A file that is there
 * already is replaced, which save dialogs ask about. Whole or not at all, and errors, as `exportBackupSet`.
 */
export async function exportBackupSetAsZip(
  sql: Sql,
  source: ExportSource,
  path: string,
  wishes: ExportWishes = {},
): Promise<ExportReport & { file: string }> {
  const set = await requireSet(sql, source);
  const target = resolve(path);
  const draft = draftOf(target);
  try {
    const report = await writeZip(sql, set, draft, wishes);
    await rename(draft, target);
    return { ...report, file: target };
  } catch (error) {
    await rm(draft, { force: true });
    throw explain(error, target);
  }
}

/** Writes a file that appears whole or not at all. Throws like `exportBackupSet`. */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const target = resolve(path);
  const draft = draftOf(target);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw explain(error, target);
  }
}

async function writeZip(sql: Sql, set: KeptSet, draft: string, wishes: ExportWishes): Promise<ExportReport> {
  const zip = new ZipFile();
  const failed = new AbortController();
  zip.on('error', (error) => failed.abort(error));
  const written = pipeline(zip.outputStream, createWriteStream(draft, { flags: 'wx' }));
  // Whoever waits for the next entry must not wait for a stream that has ended.
  written.catch((error: unknown) => failed.abort(error));
  try {
    const report = await writeExport(sql, set, zipSink(zip, set, failed.signal), wishes);
    zip.end();
    await written;
    return report;
  } catch (error) {
    // Ending the stream fails it too: what came first is what went wrong.
    const reason: unknown = failed.signal.aborted ? failed.signal.reason : error;
    (zip.outputStream as Readable).destroy();
    await written.catch(() => undefined);
    throw reason;
  }
}

/** Hands over one entry at a time and waits until it is compressed: the archive never queues up in memory. */
function zipSink(zip: ZipFile, set: KeptSet, failed: AbortSignal): ExportSink {
  // One date for all, so that equal sets make equal archives.
  const mtime = instantFromIso(set.at);
  return {
    write: (name, bytes) =>
      new Promise((done, fail) => {
        if (failed.aborted) return fail(failed.reason as Error);
        const stop = () => fail(failed.reason as Error);
        failed.addEventListener('abort', stop, { once: true });
        zip.addReadStreamLazy(name, { mtime, mode: 0o100644, size: bytes.length }, (deliver) => {
          const source = Readable.from([bytes], { objectMode: false });
          source.once('close', () => {
            failed.removeEventListener('abort', stop);
            done();
          });
          deliver(null, source);
        });
      }),
  };
}

function directorySink(folder: string): ExportSink {
  const made = new Set<string>();
  return {
    async write(name, bytes) {
      const path = join(folder, name);
      const parent = dirname(path);
      if (!made.has(parent)) {
        await mkdir(parent, { recursive: true });
        made.add(parent);
      }
      // `wx`: a name that two objects shared would overwrite one in silence.
      await writeFile(path, bytes, { flag: 'wx' });
    },
  };
}

function draftOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.${randomUUID()}.partial`);
}

async function requireSet(sql: Sql, source: ExportSource): Promise<KeptSet> {
  const set = await readKeptSet(sql, source.tenantId, source.setId);
  if (!set) throw unknownSet();
  return set;
}

/** Throws `export_directory_exists` where something is there already. */
export async function refuseExisting(target: string): Promise<void> {
  try {
    await access(target);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw explain(error, target);
  }
  throw new AppError('export_directory_exists', 'The target of the export exists already.', {
    nextStep: 'Name a directory or file that does not exist yet.',
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
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return new AppError('export_not_writable', 'The target of the export cannot be written.', {
        nextStep: 'Choose a place where you may write.',
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
