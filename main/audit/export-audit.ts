import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { formatAuditQuery } from '../../shared/model/audit-query.ts';
import type { Database, Sql, Transaction } from '../db/database.ts';
import {
  copyAuditRows,
  listAuditHeads,
  readAuditEvents,
  type AuditTrailEvent,
  type AuditTrailFilter,
} from '../db/repositories/audit-trail.ts';
import { createCopiedRowReader } from './copied-rows.ts';
import { csvDelimiters, csvHeader, type CsvDelimiter } from './csv.ts';
import { createExportFile, type ExportFile } from './export-file.ts';

export interface AuditExportOptions {
  filter: AuditTrailFilter;
  format: 'csv' | 'jsonl';
  delimiter: CsvDelimiter;
  appVersion: string;
  signal?: AbortSignal;
  onProgress?: (rows: number) => void;
}

/** What lies beside an exported file and lets it be proved unaltered. */
export interface AuditExportManifest {
  format: 'tenantkeep-audit-export-1';
  file: string;
  fileFormat: 'csv' | 'jsonl';
  delimiter: CsvDelimiter | null;
  filter: Record<string, string | null>;
  rows: number;
  /** Per chain: what the file holds of it, and its end in the database at that moment. */
  chains: {
    tenantId: string | null;
    tenantName: string | null;
    firstSequence: string | null;
    lastSequence: string | null;
    headSequence: string;
    headHash: string;
  }[];
  /** SHA-256 of the file's bytes, hexadecimal. */
  sha256: string;
  bytes: number;
  exportedAt: string;
  appVersion: string;
}

/**
 * Writes all events of the filter to a file and `<file>.manifest.json` beside it. Both are written next to their
 * place and renamed when whole: a cancelled export or a full disk leaves nothing. An existing file is refused.
 * Throws `file_exists`, `export_disk_full`, `export_not_writable`, or the signal's reason.
 */
export async function exportAudit(
  database: Database,
  path: string,
  options: AuditExportOptions,
): Promise<AuditExportManifest> {
  const target = resolve(path);
  const manifestPath = `${target}.manifest.json`;
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID()}.partial`);
  const manifestDraft = `${draft}.manifest`;
  try {
    await refuseExisting(target);
    await refuseExisting(manifestPath);
    const file = await open(draft, 'wx', 0o600);
    let manifest: AuditExportManifest;
    try {
      manifest = await writeEvents(database, file, basename(target), options);
      await file.sync();
    } finally {
      await file.close();
    }
    await writeFile(manifestDraft, `${JSON.stringify(manifest, null, 2)}\n`, {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    await rename(draft, target);
    try {
      await rename(manifestDraft, manifestPath);
    } catch (error) {
      // A file without its manifest could not be proved: better none.
      await rm(target, { force: true });
      throw error;
    }
    return manifest;
  } catch (error) {
    throw describeWriteFailure(error, target);
  } finally {
    await rm(draft, { force: true });
    await rm(manifestDraft, { force: true });
  }
}

async function writeEvents(
  database: Database,
  handle: FileHandle,
  name: string,
  options: AuditExportOptions,
): Promise<AuditExportManifest> {
  const { filter, format, delimiter } = options;
  const file = createExportFile(handle);
  // One snapshot: the rows, the heads and the time belong to one moment.
  return database.transaction(
    async (tx) => {
      const [row] = await tx.query<{ now: Date }>('select app.db_now() as now');
      const written =
        format === 'csv' ? await writeCsv(tx, file, options) : await writeJson(tx, file, options);
      const heads = await listAuditHeads(tx, filter.scope);
      return {
        format: 'tenantkeep-audit-export-1',
        file: name,
        fileFormat: format,
        delimiter: format === 'csv' ? delimiter : null,
        filter: describeFilter(filter),
        rows: written.rows,
        chains: heads.map((head) => ({
          tenantId: head.tenantId,
          tenantName: head.tenantName,
          firstSequence: written.spans.get(head.tenantId)?.first ?? null,
          lastSequence: written.spans.get(head.tenantId)?.last ?? null,
          headSequence: head.sequence,
          headHash: head.hash,
        })),
        ...file.finish(),
        exportedAt: row!.now.toISOString(),
        appVersion: options.appVersion,
      } as const;
    },
    // The whole of a CSV export is one statement, which lasts as long as the disk and the rows need.
    { isolation: 'repeatable read', readOnly: true, statementTimeoutMs: format === 'csv' ? 0 : 120_000 },
  );
}

/** What a file holds: rows, and the first and last event of each chain. */
interface Written {
  rows: number;
  spans: Map<string | null, { first: string; last: string }>;
}

function note(written: Written, event: { tenantId: string | null; sequence: string }): void {
  written.rows += 1;
  const span = written.spans.get(event.tenantId);
  if (span === undefined) written.spans.set(event.tenantId, { first: event.sequence, last: event.sequence });
  else span.last = event.sequence;
}

/** The quick way, for files of millions of rows: the database prints the fields, which are looked through and copied. */
async function writeCsv(tx: Transaction, file: ExportFile, options: AuditExportOptions): Promise<Written> {
  const { delimiter, signal, onProgress } = options;
  const written: Written = { rows: 0, spans: new Map() };
  const read = createCopiedRowReader(delimiter);
  file.addText(csvHeader(delimiter));
  const take = (row: Buffer): Promise<void> | void => {
    const copied = read(row);
    if (copied.record === null) {
      file.addBytes(row, row.length - 1);
      file.addText('\r\n');
    } else {
      file.addText(copied.record);
    }
    note(written, copied);
    if (file.isDue()) return write();
  };
  const write = async (): Promise<void> => {
    await file.write();
    onProgress?.(written.rows);
    signal?.throwIfAborted();
  };
  await copyAuditRows(tx, options.filter, csvDelimiters[delimiter], take, signal);
  await write();
  return written;
}

async function writeJson(tx: Sql, file: ExportFile, options: AuditExportOptions): Promise<Written> {
  const written: Written = { rows: 0, spans: new Map() };
  for await (const page of readAuditEvents(tx, options.filter)) {
    options.signal?.throwIfAborted();
    for (const event of page) {
      file.addText(jsonLine(event));
      note(written, event);
    }
    await file.write();
    options.onProgress?.(written.rows);
  }
  return written;
}

/** A stored JSON text as the value that it says. */
export function parseStored(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

/** One event as a line of JSON; `before` and `after` are JSON already, and go in as such. */
export function jsonLine(event: AuditTrailEvent): string {
  const { before, after, at, ...rest } = event;
  return `${JSON.stringify({ at: at.toISOString(), ...rest, before: parseStored(before), after: parseStored(after) })}\n`;
}

function describeFilter(filter: AuditTrailFilter): Record<string, string | null> {
  const { scope } = filter;
  return {
    tenantId: 'tenantId' in scope ? scope.tenantId : null,
    chain: 'workspace' in scope ? 'workspace' : 'tenantId' in scope ? 'tenant' : 'all',
    from: filter.from?.toISOString() ?? null,
    to: filter.to?.toISOString() ?? null,
    action: filter.action ?? null,
    actor: filter.actor ?? null,
    outcome: filter.outcome ?? null,
    query: filter.terms === undefined || filter.terms.length === 0 ? null : formatAuditQuery(filter.terms),
  };
}

async function refuseExisting(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return;
    throw error;
  }
  throw new AppError('file_exists', `${path} exists already.`, {
    nextStep: 'Choose another name, or remove that file.',
  });
}

function describeWriteFailure(error: unknown, target: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new AppError('export_disk_full', `The disk has no space left for ${target}.`, {
      nextStep: 'Free some space or choose another place; nothing was left behind.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'ENOENT' || code === 'ENOTDIR' || code === 'EROFS') {
    return new AppError('export_not_writable', `${target} cannot be written (${code}).`, {
      nextStep: 'Choose a directory that exists and that this account may write to.',
      cause: error,
    });
  }
  return error;
}
